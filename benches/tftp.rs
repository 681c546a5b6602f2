//! The protocol core: what one packet costs before any socket. `cargo bench --bench tftp`.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, and ends by a panic"
)]

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use loadlift::firmware::Bundle;
use loadlift::tftp::options::Granted;
use loadlift::tftp::packet::{self, Packet, RequestKind};
use loadlift::tftp::transfer::{Input, Transfer};
use loadlift::tftp::{Channel, Endpoint, Route, Settings, Willing};

const IMAGE: usize = 3_000_000;

fn decode(c: &mut Criterion) {
    let mut request = Vec::new();
    let options = [("blksize", "1428"), ("tsize", "0")];
    packet::encode_request(&mut request, RequestKind::Read, "jar45sccp.8-5-2TH1-9.sbn", "octet", &options);
    let mut ack = Vec::new();
    packet::encode_ack(&mut ack, 4711);
    c.bench_function("decode an ACK", |b| b.iter(|| Packet::decode(black_box(&ack))));
    c.bench_function("decode a request with options", |b| {
        b.iter(|| match Packet::decode(black_box(&request)) {
            Ok(Packet::Read(request)) => request.options.iter().count(),
            _ => unreachable!("it is a request"),
        });
    });
}

fn transfer(c: &mut Criterion) {
    let image = Bytes::from(vec![7; IMAGE]);
    let mut group = c.benchmark_group("transfer");
    group.throughput(Throughput::Elements(IMAGE as u64 / 512 + 1));
    group.bench_function("a whole image of 3 MB, ACK by ACK", |b| {
        b.iter_batched(
            || Transfer::new(Instant::now(), image.clone(), Granted::default()),
            |mut transfer| {
                let (mut out, mut now) = (Vec::with_capacity(600), Instant::now());
                while transfer.outcome().is_none() {
                    transfer.poll_transmit(now, &mut out);
                    let block = u16::from_be_bytes([out[2], out[3]]);
                    now += Duration::from_micros(100);
                    transfer.handle(now, Input::Packet(Packet::Ack { block }));
                }
                transfer.retransmissions()
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// An endpoint with `phones` transfers under way; each step is one phone's ACK and the block after it.
fn endpoint(c: &mut Criterion) {
    for phones in [50_u32, 1000] {
        let mut bundle = Bundle::default();
        bundle.insert("a", vec![7; 30_000_000].into());
        let settings = Settings { willing: Willing::for_mtu(1500), transfer_ports: 16 };
        let mut endpoint = Endpoint::new(Arc::new(bundle), settings);
        let (mut now, mut out) = (Instant::now(), Vec::with_capacity(600));
        let mut routes = Vec::new();
        for n in 0..phones {
            let [_, _, high, low] = n.to_be_bytes();
            let peer = SocketAddr::from(([10, 1, high, low], 50_000));
            endpoint.receive(now, Route { channel: Channel::REQUESTS, peer }, b"\0\x01a\0octet\0");
            routes.push((endpoint.poll_transmit(now, &mut out).unwrap(), 1_u16));
            endpoint.poll_event();
        }
        let (mut nth, count) = (0, routes.len());
        let name = format!("endpoint: one ACK to one block, {phones} phones");
        c.bench_function(&name, |b| {
            b.iter(|| {
                let (route, block) = &mut routes[nth];
                let mut ack = [0, 4, 0, 0];
                ack[2..].copy_from_slice(&block.to_be_bytes());
                now += Duration::from_micros(3);
                endpoint.receive(now, *route, &ack);
                *block = block.wrapping_add(1);
                nth = (nth + 1) % count;
                // A phone at its end begins again, so that the bench can run for as long as it likes.
                if endpoint.poll_transmit(now, &mut out).is_none() {
                    let request = Route { channel: Channel::REQUESTS, ..*route };
                    endpoint.receive(now, request, b"\0\x01a\0octet\0");
                    *route = endpoint.poll_transmit(now, &mut out).unwrap();
                    *block = 1;
                    while endpoint.poll_event().is_some() {}
                }
            });
        });
    }
}

criterion_group!(benches, decode, transfer, endpoint);
criterion_main!(benches);
