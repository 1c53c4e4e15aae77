// SPDX-License-Identifier: MIT
// tokio: echo, as echo.rs does it with threads.
//
// tokio server    serves port 7101, a task for each client
// tokio client    50 clients at once, 200 kB each; "answered" if all of it came

use std::io;
use std::time::Duration;
use tokio::io::{copy, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::time::timeout;

const SIZE: usize = 200_000;

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let (mut from, mut to) = stream.split();
    copy(&mut from, &mut to).await?;
    to.shutdown().await
}

async fn server() -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:7101").await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        assert!(!peer.ip().is_unspecified());
        tokio::spawn(serve(stream));
    }
}

async fn talk() -> io::Result<()> {
    let connecting = TcpStream::connect("10.0.0.5:7101");
    let stream = timeout(Duration::from_secs(120), connecting).await??;
    stream.set_nodelay(true)?;
    assert_eq!(stream.peer_addr()?.to_string(), "10.0.0.5:7101");
    let (mut from, mut to) = stream.into_split();
    let writer = tokio::spawn(async move {
        to.write_all(&vec![7; SIZE]).await?;
        to.shutdown().await
    });
    let mut answer = vec![];
    from.read_to_end(&mut answer).await?;
    writer.await.unwrap()?;
    assert_eq!(answer, vec![7; SIZE]);
    Ok(())
}

async fn client() -> io::Result<()> {
    let talks: Vec<_> = (0..50).map(|_| tokio::spawn(talk())).collect();
    for talk in talks {
        talk.await.unwrap()?;
    }
    println!("answered");
    Ok(())
}

fn main() -> io::Result<()> {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(4).enable_all().build()?;
    match std::env::args().nth(1).as_deref() {
        Some("server") => runtime.block_on(server()),
        _ => runtime.block_on(client()),
    }
}
