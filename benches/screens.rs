//! What a frame costs with 500 phones: the screen is drawn at most twenty times a second, beside the transfers.

#[path = "../tests/screens_stage/mod.rs"]
mod screens_stage;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loadlift::ui::theme::Theme;
use loadlift::wizard::{Key, Mode, StepKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use screens_stage::{Stage, evening};

fn frames(c: &mut Criterion) {
    let theme = Theme::default();
    for count in [20, 500] {
        let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
        stage.phones(&evening(count));
        stage.press(Key::PageDown);
        for (width, height) in [(80, 24), (160, 50)] {
            let mut terminal =
                Terminal::new(TestBackend::new(width, height)).expect("a test backend never fails");
            c.bench_function(&format!("transfer, {count} phones, {width}x{height}"), |b| {
                b.iter(|| black_box(stage.draw(black_box(&mut terminal), &theme)));
            });
        }
    }
}

criterion_group!(benches, frames);
criterion_main!(benches);
