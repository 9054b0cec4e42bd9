use expect_test::{Expect, expect};
use staniel_facts::{ImportFacts, PositionEncoding, SkipReason, SourceKind};

use super::*;
use crate::{facts, import_facts};

/// Compares the text of a notebook with some code cells.
#[expect(clippy::needless_pass_by_value, reason = "that is what `expect!` makes")]
fn check(cells: &[&str], expected: Expect) {
    let json = |source: &&str| serde_json::json!({"cell_type": "code", "source": source});
    let document = serde_json::json!({"cells": cells.iter().map(json).collect::<Vec<_>>(), "nbformat": 4});
    let text = read(document.to_string().as_bytes()).unwrap().text;
    expected.assert_eq(&text.replace(' ', "·"));
}

#[test]
fn cells_are_joined() {
    let notebook = read(
        br##"{
          "nbformat": 4, "metadata": {"kernelspec": {"name": "python3"}},
          "cells": [
            {"cell_type": "markdown", "source": ["# import no"]},
            {"cell_type": "code", "outputs": [{"data": {"text/plain": ["import no"]}}], "execution_count": 1,
             "source": ["import a\n", "import b"]},
            {"cell_type": "code", "source": "import c\n", "outputs": []},
            {"cell_type": "code", "source": []},
            {"cell_type": "raw", "source": "import no"},
            {"source": 1},
            {"cell_type": "code", "source": "x\n\nimport d"}
          ]}"##,
    )
    .unwrap();
    assert_eq!(notebook.text, "import a\nimport b\nimport c\n\nx\n\nimport d\n");
    let cells: Vec<_> = notebook.cells.iter().map(|cell| (cell.start, cell.number)).collect();
    assert_eq!(cells, [(0, 2), (18, 3), (27, 4), (28, 7)]);
}

#[test]
fn the_older_format() {
    let old = br#"{"nbformat": 3, "worksheets": [
        {"cells": [{"cell_type": "code", "input": ["import a\n"]}, {"cell_type": "heading", "source": "b"}]},
        {"cells": [{"cell_type": "code", "input": "import c"}]}
    ]}"#;
    let notebook = read(old).unwrap();
    assert_eq!(notebook.text, "import a\nimport c\n");
    assert_eq!(notebook.cells.iter().map(|cell| cell.number).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn magics_are_blanked() {
    check(
        &[
            "%matplotlib inline\n!pip install é \\\n  more\nif x:\n  %magic (\n  y = 1\nimport a",
            "files = !ls (\nz = %sql select '\nx = (1\n  % 2)\n'''\n%no\n'''\na % b != c\n",
            "?help\na.b?\na.b??\nf(x)?  # why\n'what?'\n# what?\n",
            "%%bash\nimport no\n",
            "\n%%time\nimport b\n",
            "%%timeit -n 3\n%%no\nimport c",
            "%%html",
        ],
        expect![[r#"
            ··················
            ·················
            ······
            if·x:
            ··········
            ··y·=·1
            import·a
            files·=······
            z·=··············
            x·=·(1
            ··%·2)
            '''
            %no
            '''
            a·%·b·!=·c
            ·····
            ····
            ·····
            ············
            'what?'
            #·what?
            ······
            ·········

            ······
            import·b
            ·············
            ····
            import·c
            ······
        "#]],
    );
}

#[test]
fn imports_stand_in_cells() {
    let document = serde_json::json!({"cells": [
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code", "source": "%time\nimport a\ntry: import b\n"},
        {"cell_type": "code", "source": "except ImportError: b = 1\n"},
    ]});
    let bytes = document.to_string().into_bytes();
    let found = import_facts(&bytes, SourceKind::Notebook);
    let places = found.imports.iter().map(|import| {
        let range = found.range(import.name, PositionEncoding::Utf16);
        (import.module.as_str(), range.cell, range.range.start.line, range.range.start.character)
    });
    assert_eq!(places.collect::<Vec<_>>(), [("a", Some(2), 1, 7), ("b", Some(2), 2, 12)]);

    let all = facts(&bytes, SourceKind::Notebook);
    assert_eq!(*all.imports, found);
    assert!(all.outline.definitions.is_empty() && all.diagnostics.is_empty() && all.refused.is_none());
    let other = bytes.iter().map(|byte| if *byte == b'1' { b'2' } else { *byte }).collect::<Vec<_>>();
    assert_ne!(all.interface, facts(&other, SourceKind::Notebook).interface);
}

#[test]
fn what_is_no_notebook() {
    for bytes in [b"".as_slice(), b"{", b"\xff", b"import a", b"{\"cells\": 1}", b"[[1]]"] {
        let found = import_facts(bytes, SourceKind::Notebook);
        assert_eq!(found.refused.as_ref().map(SkipReason::code), Some("bad-notebook"));
        assert_eq!(ImportFacts { refused: None, ..found.clone() }, ImportFacts::default());
        let all = facts(bytes, SourceKind::Notebook);
        assert_eq!((&all.refused, &*all.imports), (&found.refused, &found));
    }
    for bytes in
        [b"{}".as_slice(), b"\xef\xbb\xbf{\"cells\": []}", b"{\"cells\": [{}, {\"cell_type\": \"code\"}]}"]
    {
        assert_eq!(read(bytes).unwrap().text, "");
    }
}
