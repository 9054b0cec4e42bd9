//! What a reply to `textDocument/hover` says of a type.

use serde_json::Value;

/// The type in the server's own words: the text of the first code block; of a reply without one, its first
/// paragraph. `None` where it says nothing.
///
/// Contents come in three shapes: `{kind, value}`, a string or `{language, value}`, a list of the latter.
pub(crate) fn text(reply: &Value) -> Option<String> {
    let text = match reply.get("contents")? {
        Value::Array(items) => items.iter().find_map(marked)?,
        contents => marked(contents)?,
    };
    (!text.is_empty()).then_some(text)
}

fn marked(contents: &Value) -> Option<String> {
    if let Some(markdown) = contents.as_str() {
        return first_block(markdown);
    }
    let value = contents.get("value")?.as_str()?;
    let is_code = contents.get("language").is_some();
    let text = if is_code { Some(value.trim().to_owned()) } else { first_block(value) };
    text.filter(|text| !text.is_empty())
}

/// The inside of the first fenced code block (three or more backticks or tildes, closed by as many, or by the end).
fn first_block(markdown: &str) -> Option<String> {
    let mut lines = markdown.lines();
    let fence = lines.by_ref().find_map(|line| {
        let line = line.trim_start();
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let length = line.chars().take_while(|c| *c == mark).count();
        (length >= 3).then(|| line[..length].to_owned())
    });
    let text = match fence {
        Some(fence) => {
            let closes = |line: &&str| {
                let line = line.trim();
                line.starts_with(&fence) && line.chars().all(|c| fence.starts_with(c))
            };
            lines.take_while(|line| !closes(line)).collect::<Vec<_>>().join("\n")
        }
        None => markdown
            .trim_start()
            .lines()
            .take_while(|line| !line.trim().is_empty())
            .collect::<Vec<_>>()
            .join("\n"),
    };
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_each_shape_the_first_block() {
        let markdown = "intro\n```python\n(method) def f(\n    x: int\n) -> str\n```\n---\n```\nmore\n```";
        let inside = Some("(method) def f(\n    x: int\n) -> str".to_owned());
        let of = |contents: Value| text(&json!({ "contents": contents }));
        assert_eq!(of(json!({"kind": "markdown", "value": markdown})), inside);
        assert_eq!(of(json!(markdown)), inside);
        assert_eq!(of(json!(["", {"language": "python", "value": " x: int\n"}, "b"])), Some("x: int".into()));
        assert_eq!(of(json!({"language": "python", "value": "x: int"})), Some("x: int".into()));
        assert_eq!(of(json!({"kind": "plaintext", "value": "x: int\n\nIts doc."})), Some("x: int".into()));
        assert_eq!(of(json!("````\na ``` b\n```\n````")), Some("a ``` b\n```".into()));
        assert_eq!(of(json!("```xml\nopen\n")), Some("open".into()));
        assert_eq!(of(json!("")), None);
        assert_eq!(of(json!([])), None);
        assert_eq!(text(&Value::Null), None);
        assert_eq!(text(&json!({"contents": 3})), None);
    }
}
