//! One file: from bytes to imports, bindings, outline and interface.

use divan::Bencher;
use divan::counter::BytesCount;
use staniel_benches::module_text;
use staniel_facts::SourceKind;

fn main() {
    divan::main();
}

/// `classes` times some twenty lines: a small file, a usual one, a big one.
#[divan::bench(args = [1, 10, 100])]
fn facts(bencher: Bencher<'_, '_>, classes: usize) {
    let text = module_text(50, classes);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| staniel_syntax::facts(divan::black_box(text.as_bytes()), SourceKind::Python));
}

/// The imports alone.
#[divan::bench(args = [1, 10, 100])]
fn import_facts(bencher: Bencher<'_, '_>, classes: usize) {
    let text = module_text(50, classes);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| staniel_syntax::import_facts(divan::black_box(text.as_bytes()), SourceKind::Python));
}

/// What it takes to find out that a file has not changed.
#[divan::bench(args = [1, 10, 100])]
fn hash(bencher: Bencher<'_, '_>, classes: usize) {
    let text = module_text(50, classes);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| staniel_facts::ContentHash::of(divan::black_box(text.as_bytes())));
}
