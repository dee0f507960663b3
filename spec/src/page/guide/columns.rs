//! The columns of tables, and rows whose cells run together.
//!
//! The text of a rendered table has no mark between two cells. A row can be split where the heads of the
//! columns are known, and what these columns can hold leaves only one way to do it.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::page::head::is_method;

use super::terms;

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    holds: Content,
}

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Method,
    Path,
    Name,
    Type,
    Literal,
    Code,
    Status,
    Prefix,
    /// An identifier with the prefix in the first column.
    Example,
    /// Words, without a slash or an underscore.
    Noun,
    /// Names with commas between them.
    Names,
    Prose,
    /// Prose that may start in any way, after a column whose end is certain.
    Anything,
}

/// The heads of columns by what they hold. Of two that start alike, the longer one comes first.
const COLUMNS: [(Content, &[&str]); 13] = [
    (Content::Method, &["Method"]),
    (
        Content::Path,
        &["Path", "Endpoints", "Endpoint", "Route", "Operation"],
    ),
    (
        Content::Name,
        &[
            "Parameter",
            "Field",
            "Property",
            "Name",
            "Key",
            "Header",
            "Event",
            "Operator",
            "API key",
        ],
    ),
    (Content::Type, &["Value type", "Type"]),
    (Content::Literal, &["Default", "Value", "Limit"]),
    (Content::Code, &["Error code", "Code"]),
    (
        Content::Status,
        &["HTTP Status", "HTTP status", "Status code", "Status"],
    ),
    (Content::Prefix, &["ID prefix", "Prefix"]),
    (
        Content::Names,
        &["Example operators", "Operators", "Values"],
    ),
    (Content::Example, &["Example"]),
    (
        Content::Noun,
        &["Resource", "Object", "Record", "Entity", "Kind"],
    ),
    (Content::Anything, &["Used in"]),
    (
        Content::Prose,
        &[
            "Description",
            "Details",
            "Meaning",
            "Purpose",
            "Notes",
            "Usage",
            "Use",
            "When",
        ],
    ),
];

/// All columns.
fn columns() -> impl Iterator<Item = Column> {
    let named = COLUMNS.iter();
    named.flat_map(|(holds, names)| {
        names.iter().map(|name| Column {
            name,
            holds: *holds,
        })
    })
}

/// The words that name types in such tables, none before one that it starts.
const TYPES: [&str; 22] = [
    "string",
    "number",
    "integer",
    "boolean",
    "object",
    "array",
    "enum",
    "datetime",
    "date-time",
    "date",
    "time",
    "option",
    "multi_select",
    "select",
    "text",
    "user",
    "url",
    "email",
    "uuid",
    "file",
    "any",
    "null",
];

/// More words than this are a sentence, whatever the column.
const MAX_WORDS: usize = 8;

/// The facts of a row: cells that hold a value as they are, of prose the terms.
pub(super) fn row(head: &[String], cells: &[String]) -> Value {
    let mut row = Map::new();
    for (name, cell) in head.iter().zip(cells) {
        let column = columns().find(|column| column.name.eq_ignore_ascii_case(name));
        let is_prose =
            column.is_none_or(|it| matches!(it.holds, Content::Prose | Content::Anything));
        let is_value = !is_prose && cell.split_whitespace().count() <= MAX_WORDS;
        let value: Value = if is_value {
            cell.as_str().into()
        } else {
            let mut found = terms::of(cell);
            found.extend(choices(cell));
            found.into()
        };
        if !(cell.is_empty() || value.as_array().is_some_and(Vec::is_empty)) {
            row.insert(name.clone(), value);
        }
    }
    row.into()
}

/// The values that a cell ends with a choice of: `Direction: asc or desc`.
fn choices(cell: &str) -> Vec<String> {
    let all = cell
        .rsplit_once(": ")
        .map_or("", |(_, all)| all)
        .replace(" or ", ", ");
    let choices: Vec<String> = all.split(", ").map(str::to_owned).collect();
    let is_choice = choices.len() > 1 && choices.iter().all(|choice| is_name(choice));
    if is_choice { choices } else { Vec::new() }
}

/// The columns whose names, run together, are `text`; at least two.
pub(super) fn head(text: &str) -> Option<Vec<Column>> {
    if text.len() > 100 {
        return None;
    }
    let mut columns = Vec::new();
    (continue_head(text, &mut columns) && columns.len() > 1).then_some(columns)
}

fn continue_head(rest: &str, found: &mut Vec<Column>) -> bool {
    rest.is_empty()
        || columns().any(|column| {
            let Some(rest) = rest.strip_prefix(column.name) else {
                return false;
            };
            let length = found.len();
            let is_new = !found.contains(&column);
            found.push(column);
            let fits = is_new && continue_head(rest, found);
            if !fits {
                found.truncate(length);
            }
            fits
        })
}

/// Whether a line may be the head of a table whose columns are not known.
pub(super) fn looks_like_head(text: &str) -> bool {
    let pairs = || text.chars().zip(text.chars().skip(1));
    let runs_together = |(one, other): (char, char)| one.is_lowercase() && other.is_uppercase();
    let mut before_versions = text
        .match_indices(['1', '2'])
        .filter_map(|(at, _)| text.get(..at)?.strip_suffix('v'));
    let runs_into_version = before_versions.any(|before| before.ends_with(char::is_lowercase));
    text.split_whitespace().count() <= 6
        && text.starts_with(char::is_uppercase)
        && !text.ends_with(['.', ':', ',', ';'])
        && (pairs().any(runs_together) || runs_into_version)
}

/// The part of a row that tells it from others, for a report.
pub(super) fn start(text: &str) -> String {
    text.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Whether a line starts as a row of these columns does, and as no sentence.
pub(super) fn starts_row(text: &str, columns: &[Column]) -> bool {
    let start = start(text);
    match columns.first().map(|column| column.holds) {
        Some(Content::Method) => {
            let end = start
                .find(|c: char| !c.is_ascii_uppercase())
                .unwrap_or(start.len());
            start.get(..end).is_some_and(is_method) && start.len() > end
        }
        Some(Content::Code) => {
            start.starts_with(|c: char| c.is_ascii_uppercase())
                && start.contains(|c: char| c.is_ascii_digit())
        }
        Some(Content::Prefix) => start.contains('_'),
        _ => false,
    }
}

/// The cells of a row, if there is one way only to split it.
pub(super) fn split(text: &str, columns: &[Column]) -> Option<Vec<String>> {
    let mut found = Vec::new();
    collect(text, text, columns, &mut Vec::new(), &mut found);
    match found.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Collects the ways to split `rest`, two at most.
fn collect<'a>(
    row: &'a str,
    rest: &'a str,
    columns: &[Column],
    cells: &mut Vec<&'a str>,
    found: &mut Vec<Vec<String>>,
) {
    let Some((column, more)) = columns.split_first() else {
        return;
    };
    let first = cells.first().copied().unwrap_or_default();
    if more.is_empty() {
        if column.holds.fits(rest, first) {
            let all = cells.iter().chain([&rest]);
            found.push(all.map(|cell| cell.trim().to_owned()).collect());
        }
        return;
    }
    let ends = rest.char_indices().skip(1).map(|(end, _)| end);
    // No value is longer.
    for end in ends.take_while(|end| *end <= 120) {
        let (cell, after) = rest.split_at(end);
        if !column.holds.may_end(cell, after) || !column.holds.fits(cell, first) {
            continue;
        }
        let start = row.len() - rest.len();
        if column.holds == Content::Type && is_part_of_type(row, start..start + end) {
            continue;
        }
        cells.push(cell);
        collect(row, after, more, cells, found);
        cells.pop();
        if found.len() > 1 {
            return;
        }
    }
}

impl Content {
    /// Whether a cell can be `text`, the first cell of its row being `first`.
    fn fits(self, text: &str, first: &str) -> bool {
        let all = |is: fn(char) -> bool| !text.is_empty() && text.chars().all(is);
        match self {
            Self::Method => is_method(text),
            Self::Path => {
                let place = text.split_once(' ').map_or(text, |(place, _)| place);
                is_path(place)
            }
            Self::Name => is_name(text),
            Self::Type => is_type(text),
            Self::Literal => is_literal(text),
            Self::Code => {
                all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
                    && text.starts_with(|c: char| c.is_ascii_uppercase())
            }
            Self::Status => {
                text.len() == 3
                    && text.starts_with(['1', '2', '3', '4', '5'])
                    && text
                        .chars()
                        .skip(1)
                        .all(|c| c.is_ascii_digit() || c == 'x' || c == 'X')
            }
            Self::Prefix => text.strip_suffix('_').is_some_and(|stem| {
                !stem.is_empty()
                    && stem
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            }),
            Self::Example => text.strip_prefix(first).is_some_and(|rest| {
                let digits = rest.trim_start_matches(|c: char| c.is_ascii_lowercase());
                !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
            }),
            Self::Noun => text.starts_with(char::is_alphabetic) && !text.contains(['/', '_']),
            Self::Names => text.split(", ").all(is_name),
            Self::Prose => is_prose(text),
            Self::Anything => !text.is_empty(),
        }
    }

    /// Whether a cell can be over between `cell` and `after`.
    fn may_end(self, cell: &str, after: &str) -> bool {
        let goes_on = |is: fn(char) -> bool| after.starts_with(is);
        match self {
            Self::Status | Self::Example => !goes_on(|c| c.is_ascii_digit()),
            Self::Literal if cell.ends_with(|c: char| c.is_ascii_digit()) => {
                !goes_on(|c| c.is_ascii_digit())
            }
            Self::Name => {
                !(cell.ends_with(|c: char| c.is_ascii_uppercase()) && goes_on(char::is_uppercase))
            }
            Self::Noun => !cell.ends_with(' ') && !after.starts_with(' '),
            _ => true,
        }
    }
}

/// `/gadgets/{id}`: only in braces may a path have capital letters.
fn is_path(text: &str) -> bool {
    let mut in_braces = false;
    text.starts_with('/')
        && text.len() > 1
        && text.chars().all(|c| {
            match c {
                '{' | '}' if in_braces == (c == '}') => in_braces = !in_braces,
                _ => {
                    return c.is_ascii_lowercase()
                        || c.is_ascii_digit()
                        || "/-_".contains(c)
                        || (in_braces && c.is_ascii_uppercase());
                }
            }
            true
        })
        && !in_braces
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.[]*".contains(c))
        && !text.ends_with(['-', '.'])
}

fn is_type(text: &str) -> bool {
    let rest = TYPES.iter().find_map(|ty| text.strip_prefix(ty));
    rest.is_some_and(|rest| {
        let rest = rest.strip_prefix("[]").unwrap_or(rest);
        rest.is_empty() || (rest.starts_with(" (") && rest.ends_with(')')) || rest == " | null"
    })
}

/// Whether a longer name of a type stands across this place: `enum` in `sizenumber`.
fn is_part_of_type(row: &str, place: Range<usize>) -> bool {
    let longer = TYPES.iter().filter(|ty| ty.len() > place.len());
    longer
        .flat_map(|ty| row.match_indices(ty))
        .any(|(at, ty)| at < place.end && place.start < at + ty.len())
}

fn is_literal(text: &str) -> bool {
    let is_number = text.chars().all(|c| c.is_ascii_digit());
    let is_word = text.starts_with(|c: char| c.is_ascii_lowercase()) && is_name(text);
    is_number || is_word || matches!(text, "-" | "—")
}

/// A sentence starts with a capital letter, and its first word has no other after a small one. Media types
/// and numbers stand in such columns as well.
fn is_prose(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let letters: Vec<char> = first.chars().collect();
    let runs_together = letters
        .windows(2)
        .any(|pair| matches!(pair, [one, other] if one.is_lowercase() && other.is_uppercase()))
        || letters.windows(4).any(|four| {
            let [first, second, third, fourth] = four else {
                return false;
            };
            first.is_uppercase()
                && second.is_uppercase()
                && third.is_lowercase()
                && fourth.is_lowercase()
        });
    (first.starts_with(char::is_uppercase) && !runs_together)
        || first.starts_with("application/")
        || first.starts_with(['"', '“'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, row: &str, expected: Option<&[&str]>) {
        let columns = super::head(head).unwrap();
        let cells = split(row, &columns);
        let expected = expected.map(|cells| cells.iter().map(ToString::to_string).collect());
        assert_eq!(cells, expected, "{row}");
    }

    #[test]
    fn rows_are_split_where_only_one_way_fits() {
        let head = "MethodPathDescription";
        check(
            head,
            "GET/gadgetsList gadgets (by page)",
            Some(&["GET", "/gadgets", "List gadgets (by page)"]),
        );
        check(
            head,
            "PATCH/gadgets/{gadgetId}Change",
            Some(&["PATCH", "/gadgets/{gadgetId}", "Change"]),
        );
        check(head, "GET/gadgets/{idList", None);
        check(head, "GET /gadgets is prose", None);
        let head = "CodeHTTP StatusDescription";
        check(
            head,
            "NOT_FOUND404No such gadget",
            Some(&["NOT_FOUND", "404", "No such gadget"]),
        );
        check(
            head,
            "OAUTH2400Bad request",
            Some(&["OAUTH2", "400", "Bad request"]),
        );
        let head = "ParameterTypeDefaultDescription";
        check(
            head,
            "cursorstringnoneCursor from before",
            Some(&["cursor", "string", "none", "Cursor from before"]),
        );
        check(
            head,
            "sizenumber30Items (max 100)",
            Some(&["size", "number", "30", "Items (max 100)"]),
        );
        check(
            head,
            "orderBystringcreatedAtSort field",
            Some(&["orderBy", "string", "createdAt", "Sort field"]),
        );
        let head = "FieldTypeValue typeExample operators";
        check(
            head,
            "stageIdoptionstring (ID)is, is_not",
            Some(&["stageId", "option", "string (ID)", "is, is_not"]),
        );
        check(head, "stageIdoptionstri", None);
        let head = "HeaderDescription";
        check(
            head,
            "gadget-idUnique identifier",
            Some(&["gadget-id", "Unique identifier"]),
        );
        check(
            head,
            "gadget-signatureHMAC-SHA256 signature",
            Some(&["gadget-signature", "HMAC-SHA256 signature"]),
        );
        check(head, "gadgetIDGadget identifier", None);
        check(
            head,
            "Content-Typeapplication/json",
            Some(&["Content-Type", "application/json"]),
        );
        check(
            head,
            "User-AgentGadget-Hooks/1.0",
            Some(&["User-Agent", "Gadget-Hooks/1.0"]),
        );
    }

    #[test]
    fn identifiers_are_told_by_the_prefix_of_their_row() {
        let head = "PrefixResourceExampleUsed in";
        check(
            head,
            "gdg_Gadget or part (small)gdg_abc123gadgetId, part id",
            Some(&[
                "gdg_",
                "Gadget or part (small)",
                "gdg_abc123",
                "gadgetId, part id",
            ]),
        );
        check(
            head,
            "gdg_Gadgetgdg_abc123Gadget id",
            Some(&["gdg_", "Gadget", "gdg_abc123", "Gadget id"]),
        );
    }

    #[test]
    fn a_cell_may_end_with_a_choice_of_values() {
        assert_eq!(choices("Direction: asc or desc"), ["asc", "desc"]);
        assert_eq!(choices("One of: a, b or c_d"), ["a", "b", "c_d"]);
        for cell in [
            "Words or others",
            "Note: this is it",
            "Note: this, or that one",
            "",
        ] {
            assert_eq!(choices(cell), [""; 0], "{cell}");
        }
    }

    #[test]
    fn heads_are_names_of_columns_run_together() {
        for text in [
            "Method",
            "Featurev1 (legacy)v2",
            "You needCall",
            "MethodMethod",
            "",
        ] {
            assert_eq!(head(text), None, "{text}");
        }
        assert!(looks_like_head("Featurev1 (legacy)v2") && looks_like_head("You needCall"));
        assert!(!looks_like_head("Words about gadgets") && !looks_like_head("gadgetId is a name"));
    }
}
