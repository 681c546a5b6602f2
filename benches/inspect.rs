//! Reading a load: the target is under 150 ms for a zip of 6 MB, from its octets to the verdict.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use loadlift::catalog::Catalog;
use loadlift::firmware::Verdict;
use loadlift::firmware::archive::{self, Budget};
use loadlift::firmware::load;
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};

fn read(octets: &Bytes) -> Verdict {
    let sets = archive::open("load.zip", octets, &mut Budget::default()).expect("a true archive");
    let sets: Vec<_> = sets.into_iter().map(|set| (0, set)).collect();
    load::read(Catalog::embedded(), &sets).loads[0].verdict
}

fn zip_of_six_megabytes(c: &mut Criterion) {
    let files = MadeUpLoad::sample().with_octets(8_400_000).files();
    let mut group = c.benchmark_group("inspect");
    for (name, packing) in [("deflated", Packing::Deflated), ("stored", Packing::Stored)] {
        let octets = madeup::zip(&files, packing);
        assert_eq!(read(&octets), Verdict::Intermediate, "{} octets", octets.len());
        group.throughput(Throughput::Bytes(octets.len() as u64));
        group.bench_function(format!("zip of {:.1} MB, {name}", octets.len() as f64 / 1e6), |b| {
            b.iter(|| read(black_box(&octets)));
        });
    }
    group.finish();
}

criterion_group!(benches, zip_of_six_megabytes);
criterion_main!(benches);
