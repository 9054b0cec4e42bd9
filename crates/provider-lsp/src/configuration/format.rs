//! The formats of configuration files that no library reads as servers do.

use serde_json::Value;

/// JSON as pyright reads it, without comments and commas before closing brackets.
pub(super) fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                let length = end.map_or(rest.len(), |end| end + 2);
                plain.push_str(&rest[..length]);
                length
            }
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            _ => {
                if matches!(next, ']' | '}') && plain.trim_end().ends_with(',') {
                    plain.truncate(plain.trim_end().len() - 1);
                }
                plain.push(next);
                next.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    plain
}

/// The settings of `[mypy]`, as texts: a line that is indented goes on with the one before.
pub(super) fn ini(text: &str) -> Value {
    let mut settings = serde_json::Map::new();
    let (mut section, mut last) = ("", String::new());
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.split(']').next().unwrap_or_default();
        } else if section == "mypy" && line.starts_with(char::is_whitespace) {
            if let Some(Value::String(value)) = settings.get_mut(&last) {
                value.push_str(line);
            }
        } else if section == "mypy"
            && let Some((name, value)) = line.split_once(['=', ':'])
        {
            name.trim().clone_into(&mut last);
            settings.insert(last.clone(), value.trim().into());
        }
    }
    Value::Object(settings)
}

/// The paths that a setting may name: mypy separates them with colons and commas.
pub(super) fn words<'v>(setting: &str, value: &'v Value) -> Vec<&'v str> {
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_list = setting == "mypy_path";
    let words = texts.into_iter().flat_map(|text| text.split(move |c| is_list && matches!(c, ':' | ',')));
    words.map(str::trim).filter(|word| !word.is_empty()).collect()
}
