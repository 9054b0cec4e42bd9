//! Comparing what two runs say of all definitions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Where two runs of `hovers` differ.
#[derive(Debug, Default)]
pub struct Disagreement {
    /// How many definitions there are.
    pub definitions: usize,
    /// By path: which definitions differ, and how.
    pub files: BTreeMap<String, Vec<String>>,
}

impl Disagreement {
    /// How many definitions differ.
    pub fn count(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }
}

/// Compares two outputs of `hovers` as deltas do: a type's own text may differ (it may name the line of another
/// file), its normal form may not. Definitions themselves, and whatever is read from their own file, must be equal
/// to the letter: there a difference is a failure at once.
#[track_caller]
pub fn compare(left: &str, right: &str) -> Disagreement {
    let mut disagreement = Disagreement::default();
    let (mut lefts, mut rights) = (left.lines(), right.lines());
    loop {
        let (left, right) = match (lefts.next(), rights.next()) {
            (None, None) => return disagreement,
            (Some(left), Some(right)) => (left, right),
            (Some(line), None) | (None, Some(line)) => panic!("only one side has {line}"),
        };
        disagreement.definitions += 1;
        if left == right {
            continue;
        }
        let (mut left, mut right) = (object(left), object(right));
        let types = (take_types(&mut left), take_types(&mut right));
        assert_eq!(left, right, "not types, but definitions differ");
        if types.0 != types.1 {
            let text = |key: &str| left.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let line = format!("{}: {} / {}", text("symbol"), show(&types.0), show(&types.1));
            disagreement.files.entry(text("path")).or_default().push(line);
        }
    }
}

fn object(line: &str) -> Map<String, Value> {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// Takes out what a provider says, and returns what of it is content.
fn take_types(row: &mut Map<String, Value>) -> [Value; 2] {
    assert!(row.remove("type").is_some());
    ["normal", "flags"].map(|key| row.remove(key).unwrap_or_else(|| panic!("no {key}")))
}

fn show(types: &[Value; 2]) -> String {
    format!("{} {}", types[0], types[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(symbol: &str, text: &str, normal: &str) -> String {
        format!(r#"{{"path":"a.py","symbol":"{symbol}","type":"{text}","normal":"{normal}","flags":[]}}"#)
    }

    #[test]
    fn normal_forms_count_and_texts_do_not() {
        let (left, right) = (row("a", "X @ b.py:1", "X") + "\n", row("a", "X @ b.py:2", "X") + "\n");
        let same =
            compare(&(left.clone() + &row("b", "int", "int")), &(right.clone() + &row("b", "int", "int")));
        assert_eq!((same.definitions, same.count()), (2, 0));
        let other = compare(&(left + &row("b", "int", "int")), &(right + &row("b", "str", "str")));
        assert_eq!((other.definitions, other.count()), (2, 1));
        assert_eq!(other.files["a.py"], [r#"b: "int" [] / "str" []"#]);
    }

    #[test]
    #[should_panic(expected = "not types, but definitions differ")]
    fn definitions_must_be_equal() {
        compare(&row("a", "int", "int"), &row("b", "int", "int"));
    }

    #[test]
    #[should_panic(expected = "only one side has")]
    fn all_definitions_must_be_there() {
        compare(&row("a", "int", "int"), "");
    }
}
