// SPDX-License-Identifier: MIT

// traffic.c as Go programs are, of one connection at a time: linked statically,
// with system calls of their own, and sockets that never block.
//
//	door tcp|vsock serve PORT
//	door tcp|vsock measure
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const largest = 1 << 20 // peer.h

var data = make([]byte, largest)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ---- AF_VSOCK, which package net does not know -----------------------------

const afVsock, cidLocal, cidAny = 40, 1, 0xffffffff

type sockaddrVM struct {
	family, reserved uint16
	port, cid        uint32
	zero             [4]byte
}

func newVsock() *os.File {
	fd, err := syscall.Socket(afVsock, syscall.SOCK_STREAM|
		syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	check(err)
	return os.NewFile(uintptr(fd), "vsock")
}

func call(nr, fd uintptr, port, cid uint32) syscall.Errno {
	sa := sockaddrVM{family: afVsock, port: port, cid: cid}
	_, _, errno := syscall.Syscall(nr, fd, uintptr(unsafe.Pointer(&sa)),
		unsafe.Sizeof(sa))
	return errno
}

func isConnected(fd uintptr) bool {
	var sa sockaddrVM
	len := uint32(unsafe.Sizeof(sa))
	_, _, errno := syscall.Syscall(syscall.SYS_GETPEERNAME, fd,
		uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&len)))
	return errno == 0
}

// It begins within Write(), which else may forget that it has ended; and which
// may tell what a socket was before, as package net knows, too.
func dialVsock(port uint32) io.ReadWriteCloser {
	file := newVsock()
	raw, err := file.SyscallConn()
	check(err)
	begun, value := false, 0
	check(raw.Write(func(fd uintptr) bool {
		if !begun {
			begun = true
			value = int(call(syscall.SYS_CONNECT, fd, port, cidLocal))
			return value != int(syscall.EINPROGRESS)
		}
		value, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET,
			syscall.SO_ERROR)
		return err != nil || value != 0 || isConnected(fd)
	}))
	check(err)
	if value != 0 {
		check(syscall.Errno(value))
	}
	return file
}

func listenVsock(port uint32) func() io.ReadWriteCloser {
	file := newVsock()
	raw, err := file.SyscallConn()
	check(err)
	check(raw.Control(func(fd uintptr) {
		if errno := call(syscall.SYS_BIND, fd, port, cidAny); errno != 0 {
			check(errno)
		}
		check(syscall.Listen(int(fd), syscall.SOMAXCONN))
	}))
	return func() io.ReadWriteCloser {
		var from uintptr
		check(raw.Read(func(fd uintptr) bool {
			var errno syscall.Errno
			from, _, errno = syscall.Syscall6(syscall.SYS_ACCEPT4, fd, 0,
				0, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0, 0)
			return errno != syscall.EAGAIN
		}))
		return os.NewFile(from, "vsock")
	}
}

// ---- TCP --------------------------------------------------------------------

func address(port uint32) string {
	return fmt.Sprint("127.0.0.1:", port)
}

func dialTCP(port uint32) io.ReadWriteCloser {
	conn, err := net.Dial("tcp", address(port))
	check(err)
	return conn
}

func listenTCP(port uint32) func() io.ReadWriteCloser {
	listener, err := net.Listen("tcp", address(port))
	check(err)
	return func() io.ReadWriteCloser {
		conn, err := listener.Accept()
		check(err)
		return conn
	}
}

// ---- the server: serve.c ----------------------------------------------------

func serveOne(conn io.ReadWriteCloser) {
	defer conn.Close()
	hello := make([]byte, 5)
	if _, err := io.ReadFull(conn, hello[:1]); err != nil || hello[0] == 'c' {
		return
	}
	if _, err := io.ReadFull(conn, hello[1:]); err != nil {
		return
	}
	conn.Write(hello[:1])
	switch hello[0] {
	case 's':
		io.Copy(io.Discard, conn)
		conn.Write(hello[:1])
	case 'a':
		piece := make([]byte, binary.LittleEndian.Uint32(hello[1:]))
		for {
			n, err := conn.Read(piece)
			if err != nil {
				return
			}
			conn.Write(piece[:n])
		}
	}
}

// ---- the client: traffic.c --------------------------------------------------

func begin(dial func(uint32) io.ReadWriteCloser, what byte, port,
	size uint32) io.ReadWriteCloser {
	conn := dial(port)
	hello := append([]byte{what}, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(hello[1:], size)
	if what == 'c' {
		hello = hello[:1]
	}
	_, err := conn.Write(hello)
	check(err)
	if what != 'c' {
		_, err = io.ReadFull(conn, hello[:1])
		check(err)
	}
	return conn
}

type halfCloser interface{ CloseWrite() error }

func closeWrite(conn io.ReadWriteCloser) {
	if tcp, ok := conn.(halfCloser); ok {
		check(tcp.CloseWrite())
		return
	}
	raw, _ := conn.(*os.File).SyscallConn()
	check(raw.Control(func(fd uintptr) {
		check(syscall.Shutdown(int(fd), syscall.SHUT_WR))
	}))
}

func measure(dial func(uint32) io.ReadWriteCloser, what byte, port, size uint32,
	lasting time.Duration) float64 {
	var conn io.ReadWriteCloser
	if what != 'c' {
		conn = begin(dial, what, port, size)
		defer conn.Close()
	}
	sum, start := 0.0, time.Now()
	for time.Since(start) < lasting {
		switch what {
		case 'c':
			one := begin(dial, what, port, size)
			one.Read(data[:1])
			one.Close()
			sum++
		case 's':
			_, err := conn.Write(data[:size])
			check(err)
			sum += float64(size)
		case 'a':
			_, err := conn.Write(data[:size])
			check(err)
			_, err = io.ReadFull(conn, data[:size])
			check(err)
			sum++
		}
	}
	if what == 's' {
		closeWrite(conn)
		_, err := io.ReadFull(conn, data[:1])
		check(err)
	}
	return sum / time.Since(start).Seconds()
}

func measureAll(dial func(uint32) io.ReadWriteCloser) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var what string
		var port, size, n uint32
		var ms int
		_, err := fmt.Sscan(lines.Text(), &what, &port, &size, &n, &ms)
		check(err)
		fmt.Printf("%.0f\n", measure(dial, what[0], port, size,
			time.Duration(ms)*time.Millisecond))
	}
}

func main() {
	dial, listen := dialTCP, listenTCP
	if os.Args[1] == "vsock" {
		dial, listen = dialVsock, listenVsock
	}
	if os.Args[2] == "measure" {
		measureAll(dial)
		return
	}
	port, err := strconv.ParseUint(os.Args[3], 10, 32)
	check(err)
	accept := listen(uint32(port))
	fmt.Println("ready")
	for {
		go serveOne(accept())
	}
}
