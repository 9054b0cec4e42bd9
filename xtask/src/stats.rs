//! The little statistics that a benchmark table needs.

/// The middle value; of an even number of values, the mean of the two middle ones. `None` of nothing.
///
/// The median, because what disturbs a run (another process, a flush to disk) only ever makes it longer: a mean
/// would measure the disturbance.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper)) }
}

/// How many times as long `theirs` took as `ours`: the median of the quotients, round by round.
///
/// Paired, because the runs are interleaved: a machine that is slow for a while is slow for both sides of a round,
/// and the quotient does not see it. Rounds that one side does not have are left out; `None` if none is left or if
/// `ours` is zero, which no process is.
pub(crate) fn paired_ratio(theirs: &[f64], ours: &[f64]) -> Option<f64> {
    let quotients: Vec<f64> = theirs.iter().zip(ours).map(|(theirs, ours)| theirs / ours).collect();
    median(&quotients).filter(|ratio| ratio.is_finite())
}

/// How much longer `ours` took than `theirs`: the median of the differences, round by round, for the same reason.
pub(crate) fn paired_excess(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    let differences: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect();
    median(&differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_in_any_order() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 100.0, 2.0, 1.0]), Some(3.0));
    }

    #[test]
    fn ratio_is_paired_by_round() {
        // The machine was ten times as slow in the second round; each round's own quotient is two.
        assert_eq!(paired_ratio(&[2.0, 20.0, 2.2], &[1.0, 10.0, 1.1]), Some(2.0));
        // One disturbed run does not move it.
        assert_eq!(paired_ratio(&[2.0, 2.0, 50.0], &[1.0, 1.0, 1.0]), Some(2.0));
    }

    #[test]
    fn excess_is_paired_by_round() {
        assert_eq!(paired_excess(&[3.0, 30.0, 4.0], &[2.0, 20.0, 2.0]), Some(2.0));
    }

    #[test]
    fn ratio_of_what_is_missing_is_none() {
        assert_eq!(paired_ratio(&[], &[1.0]), None);
        assert_eq!(paired_excess(&[1.0], &[]), None);
        assert_eq!(paired_ratio(&[1.0], &[0.0]), None);
        assert_eq!(paired_ratio(&[2.0, 7.0], &[1.0]), Some(2.0));
    }
}
