//! `agreement LEFT FILE RIGHT FILE [DISPUTES]`: how far two providers agree, from what `staniel hovers` printed for each, and
//! their commonest disputes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::ExitCode;

use staniel_tests::{HoverLine, agreement};

/// How many disputes are shown if nobody says.
const SHOWN: usize = 40;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [left, left_file, right, right_file, disputes @ ..] = arguments.as_slice() else {
        return fail("four arguments are wanted: LEFT FILE RIGHT FILE");
    };
    let Ok(shown) = disputes.first().map_or(Ok(SHOWN), |count| count.parse()) else {
        return fail("the number of disputes is none");
    };
    match (read(left_file), read(right_file)) {
        (Ok(mine), Ok(theirs)) => {
            let outcome = agreement((left, &mine), (right, &theirs)).shortened(shown);
            staniel_tests::say(&outcome.to_string());
            ExitCode::SUCCESS
        }
        (Err(why), _) | (_, Err(why)) => fail(&why),
    }
}

fn read(path: &str) -> Result<Vec<HoverLine>, String> {
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let mut lines = Vec::new();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| format!("{path}: {error}"))?;
        let line = serde_json::from_str(&line).map_err(|error| format!("{path}:{}: {error}", index + 1))?;
        lines.push(line);
    }
    Ok(lines)
}

fn fail(why: &str) -> ExitCode {
    staniel_tests::note(&format!("error: {why}"));
    ExitCode::FAILURE
}
