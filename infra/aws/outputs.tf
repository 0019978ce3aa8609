output "function_urls" {
  description = "URL of each function, for ../ (variable lambda) and for api_url and console_url."
  value       = { for name, u in aws_lambda_function_url.function : name => u.function_url }
}

output "account_id" {
  description = "AWS account, for ../ (variable lambda)."
  value       = data.aws_caller_identity.this.account_id
}

output "bucket" {
  description = "Bucket of logs and normalised data."
  value       = aws_s3_bucket.data.id
}
