// SPDX-License-Identifier: MIT

// fetch.c in Go: with system calls of its own, and no C library.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func main() {
	address := net.JoinHostPort(os.Args[1], os.Args[2])
	connection, err := net.Dial("tcp", address)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	io.Copy(os.Stdout, connection)
}
