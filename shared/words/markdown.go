package words

import "strings"

// Markdown makes text from a log or a model harmless in GitHub-flavoured
// Markdown: one line, in which nothing is markup, HTML, a link or the end of a
// table cell. Underscores within a word mean nothing there and stay as they are.
func Markdown(text string) string {
	text = strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "[", "\\[", "]", "\\]",
		"|", "\\|", "#", "\\#", "~", "\\~", "!", "\\!", "&", "&amp;", "<", "&lt;", ">", "&gt;",
		"://", ":&#47;/", "www.", "www&#46;", "@", "&#64;").Replace(Line(text))
	var out strings.Builder
	for i := range len(text) {
		if text[i] == '_' && !(i > 0 && i+1 < len(text) && alphanumeric(text[i-1]) && alphanumeric(text[i+1])) {
			out.WriteByte('\\')
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
