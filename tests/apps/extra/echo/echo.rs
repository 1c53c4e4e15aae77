// SPDX-License-Identifier: MIT
// Rust's std::net: echo.
//
// echo server    serves port 7100 of both families, a thread for each client
// echo client    20 clients at once, 1 MB each; "answered" if all of it came

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const SIZE: usize = 1_000_000;

fn serve(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 65536];
    loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return stream.shutdown(Shutdown::Write);
        }
        stream.write_all(&buffer[..n])?;
    }
}

fn server() -> io::Result<()> {
    for stream in TcpListener::bind("[::]:7100")?.incoming() {
        let stream = stream?;
        assert_eq!(stream.peer_addr()?.ip().to_string(), "::ffff:127.0.0.1");
        thread::spawn(move || serve(stream));
    }
    Ok(())
}

fn connect(bounded: bool) -> io::Result<TcpStream> {
    let server = "10.0.0.5:7100".parse().unwrap();
    if bounded {
        TcpStream::connect_timeout(&server, Duration::from_secs(60))
    } else {
        TcpStream::connect(server)
    }
}

fn talk(bounded: bool) -> io::Result<()> {
    let mut stream = connect(bounded)?;
    stream.set_nodelay(true)?;
    assert!(stream.nodelay()? && stream.ttl()? > 0);
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut copy = stream.try_clone()?;
    let reader = thread::spawn(move || {
        let mut answer = vec![];
        copy.read_to_end(&mut answer).map(|_| answer)
    });
    stream.write_all(&vec![7; SIZE])?;
    stream.shutdown(Shutdown::Write)?;
    assert_eq!(reader.join().unwrap()?, vec![7; SIZE]);
    assert!(stream.take_error()?.is_none());
    Ok(())
}

fn client() -> io::Result<()> {
    let talks: Vec<_> = (0..20)
        .map(|i| thread::spawn(move || talk(i % 2 == 0)))
        .collect();
    for talk in talks {
        talk.join().unwrap()?;
    }
    println!("answered");
    Ok(())
}

fn main() -> io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("server") => server(),
        _ => client(),
    }
}
