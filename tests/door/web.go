// SPDX-License-Identifier: MIT

// A server and a client as Go programs are: linked statically, with system
// calls of their own.
//
//	web serve ADDRESS		until it is killed
//	web get URL...			prints what each says
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func serve(address string) {
	listener, err := net.Listen("tcp", address)
	fail(err)
	fmt.Println("listening at", listener.Addr())
	fail(http.Serve(listener, http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			fmt.Fprintln(w, "hello", host)
		})))
}

func get(url string) {
	answer, err := http.Get(url)
	fail(err)
	text, err := io.ReadAll(answer.Body)
	fail(err)
	fmt.Print(string(text))
}

func main() {
	if os.Args[1] == "serve" {
		serve(os.Args[2])
	}
	for _, url := range os.Args[2:] {
		get(url)
	}
}
