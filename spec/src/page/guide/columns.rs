//! The columns of tables, and rows whose cells run together.
//!
//! The text of a rendered table has no mark between two cells. A row can be split where the heads of the
//! columns are known, and their possible values allow only one way to split it.

use regex::Regex;
use serde_json::{Map, Value};

use crate::page::endpoint::is_method;

use super::terms;

const METHOD: &str = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS";
const CODE: &str = "[A-Z][A-Z0-9_]*";
const PREFIX: &str = "[a-z][a-z0-9]*_";

/// Stands for the prefix of its row in an identifier, so that one pattern is enough for all rows.
const MARK: &str = "\u{1}";

/// A sentence: it starts with a capital letter, and its first word has no capital letter after a small one. Media
/// types are also in such columns.
const PROSE: &str =
    r#"(?:[A-Z]+[a-z]?|[A-Z][a-z’']+)(?:[^A-Za-z ][A-Za-z0-9]*)*(?: .*)?|application/.*|["“].*"#;

/// Prose with any start, after a column whose end is certain.
const REST: &str = r"[^0-9].*";

/// The patterns of columns, and their heads. A longer head comes before its own start.
const COLUMNS: [(&str, &str); 13] = [
    (METHOD, "Method"),
    (
        r"/(?:[a-z0-9/_-]|\{[A-Za-z0-9_]+\})+(?: \([^)]*\))?",
        "Path|Endpoints|Endpoint|Route|Operation",
    ),
    (
        r"[A-Za-z](?:[A-Za-z0-9_.*\[\]-]*[a-z0-9*\]])?",
        "Parameter|Field|Property|Name|Key|Header|Event|Operator|API key",
    ),
    (
        r"(?:string|number|integer|boolean|object|array|enum|datetime|date-time|date|option|multi_select|select|text|user|url|email|uuid|file|any|null)(?:\[\])?(?: \([^)]*\)| \| null)?",
        "Value type|Type",
    ),
    (r"[0-9]+|[a-z][A-Za-z_.]*|-|—", "Default|Value|Limit"),
    (CODE, "Error code|Code"),
    (
        r"[1-5](?:[0-9][0-9]|xx|XX)",
        "HTTP Status|HTTP status|Status code|Status",
    ),
    (PREFIX, "ID prefix|Prefix"),
    (
        r"[A-Za-z0-9_]+(?:, [A-Za-z0-9_]+)*",
        "Example operators|Operators|Values",
    ),
    ("\u{1}[a-z]*[0-9]+", "Example"),
    (r"[A-Za-z][^/_]*", "Resource|Object|Record|Entity|Kind"),
    (REST, "Used in"),
    (
        PROSE,
        "Description|Details|Meaning|Purpose|Notes|Usage|Use|When",
    ),
];

/// The largest number of words of a value in any column; longer text is a sentence.
const MAX_WORDS: usize = 8;

/// All heads, each with the pattern of its column.
fn heads() -> impl Iterator<Item = (&'static str, &'static str)> {
    let columns = COLUMNS.iter();
    columns.flat_map(|(holds, names)| names.split('|').map(move |name| (name, *holds)))
}

/// The facts of a row: cells with a value unchanged, and the terms of prose.
pub(super) fn row(head: &[String], cells: &[String]) -> Value {
    let mut row = Map::new();
    for (name, cell) in head.iter().zip(cells) {
        let column = heads().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let is_prose = column.is_none_or(|(_, holds)| [PROSE, REST].contains(&holds));
        let value: Value = if is_prose || cell.split_whitespace().count() > MAX_WORDS {
            let mut found = terms::of(cell);
            found.extend(choices(cell));
            found.into()
        } else {
            cell.as_str().into()
        };
        if !(cell.is_empty() || value.as_array().is_some_and(Vec::is_empty)) {
            row.insert(name.clone(), value);
        }
    }
    row.into()
}

/// The values of a choice at the end of a cell: `Direction: asc or desc`.
fn choices(cell: &str) -> Vec<String> {
    let (_, all) = cell.rsplit_once(": ").unwrap_or_default();
    let all = all.replace(" or ", ", ");
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let choices: Vec<&str> = all.split(", ").collect();
    if choices.len() < 2 || !choices.iter().all(|choice| choice.chars().all(is_letter)) {
        return Vec::new();
    }
    choices.into_iter().map(str::to_owned).collect()
}

/// The columns of a table whose cells run together.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    /// The pattern of the first column.
    first: &'static str,
    /// The same pattern, once with the longest cells that it allows and once with the shortest: where both
    /// agree, there is only one way.
    rows: [Regex; 2],
}

/// The columns whose heads, run together, are `text`; at least two.
pub(super) fn head(text: &str) -> Option<Columns> {
    let found = Some(text).filter(|text| text.len() <= 100);
    let found = split_heads(found?, &[]).filter(|found| found.len() > 1)?;
    let cells = found.iter().map(|(_, holds)| ["(", holds, ")"].concat());
    let cells: String = cells.collect();
    let pattern = |flags: &str| Regex::new(&format!("(?s{flags})^{cells}$")).ok();
    Some(Columns {
        names: found.iter().map(|(name, _)| (*name).to_owned()).collect(),
        first: found.first()?.1,
        rows: [pattern("")?, pattern("U")?],
    })
}

/// The heads of columns that `rest` consists of, without repetitions and without those in `found`.
fn split_heads(
    rest: &str,
    found: &[(&'static str, &'static str)],
) -> Option<Vec<(&'static str, &'static str)>> {
    if rest.is_empty() {
        return Some(found.to_vec());
    }
    let mut new = heads().filter(|head| !found.contains(head));
    new.find_map(|head| split_heads(rest.strip_prefix(head.0)?, &[found, &[head]].concat()))
}

/// Whether a line may be the head of a table with unknown columns, and the next line its first row.
pub(super) fn looks_like_head(text: &str, next: &str) -> bool {
    let runs_together = |text: &str| {
        let mut pairs = text.chars().zip(text.chars().skip(1));
        pairs.any(|(one, other)| one.is_lowercase() && other.is_uppercase())
    };
    let mut before_versions = text
        .match_indices(['1', '2'])
        .filter_map(|(at, _)| text.get(..at)?.strip_suffix('v'));
    let runs_into_version = before_versions.any(|before| before.ends_with(char::is_lowercase));
    text.split_whitespace().count() <= 6
        && text.starts_with(char::is_uppercase)
        && !text.ends_with(['.', ':', ',', ';'])
        && (runs_together(text) || runs_into_version)
        && runs_together(next)
}

/// The part of a row that identifies it in a report.
pub(super) fn start(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

impl Columns {
    /// Whether a line starts like a row of these columns, and not like a sentence.
    pub(super) fn start_in(&self, text: &str) -> bool {
        let start = start(text);
        let capitals = start.trim_start_matches(|c: char| c.is_ascii_uppercase());
        match self.first {
            METHOD => {
                let method = start.strip_suffix(capitals).unwrap_or_default();
                is_method(method) && !capitals.is_empty()
            }
            CODE => capitals.len() < start.len() && start.contains(|c: char| c.is_ascii_digit()),
            PREFIX => start.contains('_'),
            _ => false,
        }
    }

    /// The cells of a row, if there is only one way to split it.
    pub(super) fn split(&self, text: &str) -> Option<Vec<String>> {
        let (prefix, rest) = match text.find('_').filter(|_| self.first == PREFIX) {
            Some(end) => text.split_at_checked(end + 1)?,
            None => ("", text),
        };
        let marked = match prefix {
            "" => text.to_owned(),
            _ => format!("{prefix}{}", rest.replace(prefix, MARK)),
        };
        let [longest, shortest] = self.rows.each_ref().map(|rows| {
            let cells = rows.captures(&marked)?;
            let cells = cells.iter().skip(1).flatten();
            let cells = cells.map(|cell| cell.as_str().trim().replace(MARK, prefix));
            Some(cells.collect::<Vec<_>>())
        });
        if longest == shortest { longest } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, row: &str, expected: Option<&[&str]>) {
        let cells = super::head(head).unwrap().split(row);
        let expected = expected.map(|cells| cells.iter().map(ToString::to_string).collect());
        assert_eq!(cells, expected, "{row}");
    }

    #[test]
    fn rows_are_split_if_there_is_only_one_way() {
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
    fn identifiers_are_recognised_by_the_prefix_of_their_row() {
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
            assert!(head(text).is_none(), "{text}");
        }
        assert!(looks_like_head("Featurev1 (legacy)v2", "SizeSmallLarge"));
        assert!(looks_like_head("You needCall", "All IDsGET /gadgets"));
        assert!(!looks_like_head("About GadgetHub", "A word about it."));
        assert!(!looks_like_head("Words about gadgets", "SmallLarge"));
        assert!(!looks_like_head("gadgetId is a name", "SmallLarge"));
    }
}
