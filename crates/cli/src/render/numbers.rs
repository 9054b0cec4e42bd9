//! Figures as people read them.

use std::time::Duration;

/// `12,481`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 file`, `12,481 files`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `8 ms`, `0.31 s`, `12.4 s`.
pub(crate) fn elapsed(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    match milliseconds {
        0..100 => format!("{milliseconds} ms"),
        100..10_000 => format!("{:.2} s", duration.as_secs_f64()),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// `3.2 MB`, in powers of ten as `ls -h --si` does.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{number} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        assert_eq!(
            [0, 999, 1_000, 158_699, 1_234_567].map(grouped).join(" "),
            "0 999 1,000 158,699 1,234,567"
        );
        assert_eq!(counted(1, "file", "files"), "1 file");
        assert_eq!(counted(0, "file", "files"), "0 files");
        assert_eq!(
            [8, 310, 12_400].map(|ms| elapsed(Duration::from_millis(ms))).join(" "),
            "8 ms 0.31 s 12.4 s"
        );
        assert_eq!([0, 999, 1_000, 3_200_000].map(bytes).join(" "), "0 B 999 B 1.0 kB 3.2 MB");
    }
}
