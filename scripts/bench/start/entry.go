package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"netra/emulators/lambda"
	"netra/emulators/process"
	"netra/shared/pipeline"
)

// cloudRun starts a function as Cloud Run does and asks it as soon as it listens.
func cloudRun(ctx context.Context, b *bench, f pipeline.Function) (s start, err error) {
	port, err := process.FreePort()
	if err != nil {
		return s, err
	}
	began := time.Now()
	p, err := process.Start(process.Spec{Name: f.Name, Path: filepath.Join(b.dir, "cloudrun"), Log: filepath.Join(b.dir, f.Name+".log"),
		Env: append(b.env(f.Name), "PORT="+strconv.Itoa(port))})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	url := "http://127.0.0.1:" + strconv.Itoa(port)
	for {
		err = ask(ctx, transport, url+"/health/live")
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.ECONNREFUSED) || time.Since(began) > 30*time.Second {
			return s, fmt.Errorf("%w; its log ends:\n%s", err, p.LogTail(2000))
		}
		time.Sleep(500 * time.Microsecond)
	}
	s.answer = time.Since(began)
	if s.memory, _, err = p.Memory(); err != nil {
		return s, err
	}
	if s.cpu, err = p.CPU(); err != nil {
		return s, err
	}
	began = time.Now()
	err = ask(ctx, transport, url+"/health")
	s.work = time.Since(began)
	return s, err
}

// lambdaRuntime starts a function's bootstrap and invokes it as soon as it asks
// for work.
func lambdaRuntime(ctx context.Context, b *bench, f pipeline.Function) (s start, err error) {
	l, err := lambda.New(lambda.Config{Name: f.Name, Program: filepath.Join(b.dir, "lambda"), LogDir: b.dir,
		Env: b.cloud.FunctionEnv(f.Name), MemoryMB: f.MemoryMB, Timeout: f.Timeout()})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	began := time.Now()
	if err = l.Start(ctx); err != nil {
		return s, err
	}
	if err = ask(ctx, l, "http://lambda/health/live"); err != nil {
		return s, err
	}
	s.answer = time.Since(began)
	if s.memory, _, err = l.Memory(); err != nil {
		return s, err
	}
	if s.cpu, err = l.CPU(); err != nil {
		return s, err
	}
	began = time.Now()
	err = ask(ctx, l, "http://lambda/health")
	s.work = time.Since(began)
	return s, err
}

func ask(ctx context.Context, by http.RoundTripper, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := by.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", url, response.StatusCode, text)
	}
	return err
}
