// SPDX-License-Identifier: MIT

// One end of a conversation, that of Go's vsock package; interop.c is the
// other, and says what the arguments are.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"syscall"

	"github.com/mdlayher/vsock"
)

const (
	size     = 1024 * 1024
	question = 1
	answer   = 2
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func pattern(seed int) []byte {
	buf := make([]byte, size)
	for i := range buf {
		buf[i] = byte(i*31 + (i>>8)*seed + seed)
	}
	return buf
}

func sendAll(c *vsock.Conn, seed int) {
	_, err := c.Write(pattern(seed))
	check(err)
	check(c.CloseWrite())
}

func expectAll(c *vsock.Conn, seed int) {
	got, err := io.ReadAll(c)
	check(err)
	if bytes.Equal(got, pattern(seed)) {
		fmt.Println("received all")
	} else {
		fmt.Println("received WRONG")
	}
}

func listen() {
	l, err := vsock.ListenContextID(vsock.Local, 0, nil)
	check(err)
	fmt.Println("listening", l.Addr())
	c, err := l.Accept()
	check(err)
	fmt.Println("peer", c.RemoteAddr())
	expectAll(c.(*vsock.Conn), question)
	sendAll(c.(*vsock.Conn), answer)
	check(c.Close())
}

func dial(cid, port uint32) {
	c, err := vsock.Dial(cid, port, nil)
	check(err)
	fmt.Println("local", c.LocalAddr())
	fmt.Println("remote", c.RemoteAddr())
	sendAll(c, question)
	expectAll(c, answer)
	check(c.Close())
}

func refused(cid, port uint32) {
	var errno syscall.Errno
	_, err := vsock.Dial(cid, port, nil)
	errors.As(err, &errno)
	fmt.Println("errno", int(errno))
}

// The package's file names are its own affair, but this is how it makes them.
func text() {
	in := bufio.NewReader(os.Stdin)
	for {
		var a vsock.Addr
		if _, err := fmt.Fscan(in, &a.ContextID, &a.Port); err != nil {
			return
		}
		fmt.Printf("%s %s %s:%s\n", a.Network(), &a, a.Network(), &a)
	}
}

func number(text string) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	check(err)
	return uint32(n)
}

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 1 && args[0] == "listen":
		listen()
	case len(args) == 3 && args[0] == "dial":
		dial(number(args[1]), number(args[2]))
	case len(args) == 3 && args[0] == "refused":
		refused(number(args[1]), number(args[2]))
	case len(args) == 1 && args[0] == "text":
		text()
	default:
		log.Fatal("usage: see interop.c")
	}
}
