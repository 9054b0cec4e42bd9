//! Assignment targets: the names and attributes that a pattern binds.

use tree_sitter::Node;

use crate::grammar::{GRAMMAR, Kind};

/// Something that a target binds: a name, or an attribute of a plain name.
pub(super) struct Target<'t> {
    /// The name token; of an attribute, the one behind the dot.
    pub(super) token: Node<'t>,
    /// The name whose attribute it is.
    pub(super) object: Option<Node<'t>>,
}

/// All that `pattern` binds, in no particular order. The pattern may be one of the grammar's patterns or the
/// expression that it uses for one behind `as`.
pub(super) fn targets(pattern: Node<'_>) -> Vec<Target<'_>> {
    let mut found = Vec::new();
    let mut open = vec![pattern];
    while let Some(node) = open.pop() {
        match GRAMMAR.kind(node) {
            Kind::Identifier => found.push(Target { token: node, object: None }),
            Kind::Attribute => {
                let object = node.child_by_field_id(GRAMMAR.object.get());
                let object = object.filter(|object| GRAMMAR.kind(*object) == Kind::Identifier);
                let token = node.child_by_field_id(GRAMMAR.attribute.get());
                if let (Some(_), Some(token)) = (object, token) {
                    found.push(Target { token, object });
                }
            }
            Kind::PatternList
            | Kind::TuplePattern
            | Kind::ListPattern
            | Kind::ListSplatPattern
            | Kind::DictionarySplatPattern
            | Kind::Tuple
            | Kind::List
            | Kind::ListSplat
            | Kind::ParenthesizedExpression
            | Kind::ExpressionList
            | Kind::AsPatternTarget => {
                let mut cursor = node.walk();
                open.extend(node.named_children(&mut cursor));
            }
            _ => {}
        }
    }
    found
}
