//! The grammar's node kinds and fields as numbers, looked up by name once per process.

use std::num::NonZeroU16;
use std::sync::LazyLock;

use tree_sitter::{Language, Node};

macro_rules! kinds {
    ($($variant:ident = $name:literal,)*) => {
        /// The node kinds that somebody here asks for; all others are `Other`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($variant,)*
            /// `<>`, the one anonymous token that is asked for.
            LessGreater,
            Error,
            Other,
        }

        fn named_kind(name: &str) -> Kind {
            match name {
                $($name => Kind::$variant,)*
                _ => Kind::Other,
            }
        }
    };
}

kinds! {
    AliasedImport = "aliased_import",
    AsPattern = "as_pattern",
    AsPatternTarget = "as_pattern_target",
    Assignment = "assignment",
    Attribute = "attribute",
    AugmentedAssignment = "augmented_assignment",
    CaseClause = "case_clause",
    CasePattern = "case_pattern",
    ClassDefinition = "class_definition",
    Comment = "comment",
    ConcatenatedString = "concatenated_string",
    ConstrainedType = "constrained_type",
    DecoratedDefinition = "decorated_definition",
    Decorator = "decorator",
    DefaultParameter = "default_parameter",
    DictionaryComprehension = "dictionary_comprehension",
    DictionarySplatPattern = "dictionary_splat_pattern",
    DottedName = "dotted_name",
    ExceptClause = "except_clause",
    ExecStatement = "exec_statement",
    ExpressionList = "expression_list",
    ExpressionStatement = "expression_statement",
    ForInClause = "for_in_clause",
    ForStatement = "for_statement",
    FunctionDefinition = "function_definition",
    FutureImportStatement = "future_import_statement",
    GeneratorExpression = "generator_expression",
    GenericType = "generic_type",
    GlobalStatement = "global_statement",
    Identifier = "identifier",
    ImportFromStatement = "import_from_statement",
    ImportStatement = "import_statement",
    Integer = "integer",
    Interpolation = "interpolation",
    KeywordPattern = "keyword_pattern",
    Lambda = "lambda",
    LineContinuation = "line_continuation",
    List = "list",
    ListComprehension = "list_comprehension",
    ListPattern = "list_pattern",
    ListSplat = "list_splat",
    ListSplatPattern = "list_splat_pattern",
    NamedExpression = "named_expression",
    NonlocalStatement = "nonlocal_statement",
    ParenthesizedExpression = "parenthesized_expression",
    PatternList = "pattern_list",
    PrintStatement = "print_statement",
    RaiseStatement = "raise_statement",
    SetComprehension = "set_comprehension",
    SplatPattern = "splat_pattern",
    SplatType = "splat_type",
    String = "string",
    StringStart = "string_start",
    Tuple = "tuple",
    TuplePattern = "tuple_pattern",
    Type = "type",
    TypeAliasStatement = "type_alias_statement",
    TypedDefaultParameter = "typed_default_parameter",
    TypedParameter = "typed_parameter",
    UnionPattern = "union_pattern",
    WithItem = "with_item",
}

/// What identifies a field of the grammar.
pub(crate) type Field = NonZeroU16;

macro_rules! fields {
    ($($field:ident = $name:literal,)*) => {
        /// Kinds by number, and the numbers of fields.
        pub(crate) struct Grammar {
            language: Language,
            kinds: Box<[Kind]>,
            $(pub(crate) $field: Field,)*
        }

        impl Grammar {
            fn new() -> Self {
                let language: Language = tree_sitter_python::LANGUAGE.into();
                let kind = |id: u16| match language.node_kind_for_id(id) {
                    Some(name) if language.node_kind_is_named(id) => named_kind(name),
                    Some("<>") => Kind::LessGreater,
                    _ => Kind::Other,
                };
                let kinds = (0..language.node_kind_count()).map(|id| kind(id as u16)).collect();
                let field = |name| language.field_id_for_name(name).expect("a field of the pinned grammar");
                $(let $field = field($name);)*
                Self { kinds, $($field,)* language }
            }
        }
    };
}

fields! {
    alias = "alias",
    attribute = "attribute",
    body = "body",
    definition = "definition",
    left = "left",
    module_name = "module_name",
    name = "name",
    object = "object",
    operator = "operator",
    parameters = "parameters",
    return_type = "return_type",
    right = "right",
    superclasses = "superclasses",
    type_ = "type",
    type_parameters = "type_parameters",
    value = "value",
}

/// Built at first use; the same for every text.
pub(crate) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(Grammar::new);

impl Grammar {
    /// For parsers.
    pub(crate) fn language(&self) -> &Language {
        &self.language
    }

    /// The kind of `node`; anonymous tokens are `Other`.
    pub(crate) fn kind(&self, node: Node<'_>) -> Kind {
        if node.is_error() {
            return Kind::Error;
        }
        self.kinds.get(usize::from(node.kind_id())).copied().unwrap_or(Kind::Other)
    }
}
