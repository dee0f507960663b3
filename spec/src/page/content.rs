//! `Body` and `Response`: media type, status, fields, sample.

use serde_json::{Value, json};

use crate::finding::Finding;
use crate::fragment::{ANY_SUCCESS, Loss};

use super::fields::{self, Notes};
use super::head::is_status;
use super::limit::LimitLabel;
use super::nest;
use super::sample;
use super::sections::Part;
use super::token::{Kind, Section, Token, starts_field};

/// What a body or a response carries.
struct Content {
    schema: Value,
    sample: Option<Value>,
    /// A sentence names the type of the whole.
    says_type: bool,
}

impl Content {
    fn says_nothing(&self) -> bool {
        self.schema == json!({"type": "object"}) && self.sample.is_none() && !self.says_type
    }

    fn write(self, media_type: Option<&str>) -> Value {
        let mut media = json!({"schema": self.schema});
        if let Some(sample) = self.sample {
            media["example"] = sample;
        }
        json!({media_type.unwrap_or("application/json"): media})
    }
}

/// Reads the section `Body`.
pub(super) fn body(part: &Part<'_>, sample: Option<Value>, notes: &mut Notes) -> Value {
    let tokens = skip_blanks(part.tokens);
    let (media_type, tokens) = media_type(tokens);
    let content = content(part, tokens, sample.into_iter().collect(), notes);
    json!({"required": true, "content": content.write(media_type.as_deref())})
}

/// Reads the section `Response`: status and response.
pub(super) fn response(part: &Part<'_>, samples: Vec<Value>, notes: &mut Notes) -> (String, Value) {
    let head = response_head(part.tokens);
    if let Some(status) = head.status
        && !(200..300).contains(&status)
    {
        notes.findings.push(
            Finding::new(
                "response-not-success",
                format!("the page shows the response {status}, not the successful one"),
            )
            .line(part.number)
            .help("save the page with the successful response selected"),
        );
    }
    let losses_before = notes.losses.len();
    let content = content(part, head.rest, samples, notes);
    // A lost name explains why a field of the sample is missing, and so does a page without fields.
    let explained = content.says_type
        || notes
            .losses
            .iter()
            .skip(losses_before)
            .any(|loss| matches!(loss, Loss::FieldName { .. }));
    let element = content.schema.get("items").unwrap_or(&content.schema);
    if let Some(sample) = &content.sample
        && let Some(missing) = sample::missing_at_end(element, sample)
        // A page cut off below a name leaves the name, which looks like a description.
        && (!explained || part.tokens.last().is_some_and(|last| last.text == missing))
    {
        let number = part.tokens.last().map_or(part.number, |last| last.number);
        notes.findings.push(
            Finding::new(
                "page-cut-off",
                format!("the page ends here, but its sample goes on with `{missing}`"),
            )
            .line(number)
            .help("save the whole page again"),
        );
    }
    let status = head
        .status
        .map_or_else(|| ANY_SUCCESS.to_owned(), |status| status.to_string());
    if head.media_type.is_none() && content.says_nothing() {
        return (status, json!({}));
    }
    (
        status,
        json!({"content": content.write(head.media_type.as_deref())}),
    )
}

struct ResponseHead<'a> {
    status: Option<u16>,
    media_type: Option<String>,
    rest: &'a [Token<'a>],
}

/// `200 - application/json`; or `200`, perhaps the status buttons, `application/json`; or nothing of
/// that, when the page offers several statuses to choose from.
fn response_head<'a>(tokens: &'a [Token<'a>]) -> ResponseHead<'a> {
    let tokens = skip_blanks(tokens);
    let mut head = ResponseHead {
        status: None,
        media_type: None,
        rest: tokens,
    };
    let Some((first, rest)) = tokens.split_first() else {
        return head;
    };
    let (status, media) = match first.text.split_once(" - ") {
        Some((status, media)) => (status, Some(media)),
        None => (first.text, None),
    };
    if is_status(status) && media.is_none_or(is_media_type) {
        head.status = status.parse().ok();
        head.media_type = media.map(str::to_owned);
        head.rest = rest;
        if head.media_type.is_some() {
            return head;
        }
        if let Some((buttons, rest)) = head.rest.split_first()
            && is_status_buttons(buttons.text)
        {
            head.rest = rest;
        }
    }
    (head.media_type, head.rest) = media_type(head.rest);
    head
}

/// `2004XX`: the labels of several buttons, run together.
fn is_status_buttons(text: &str) -> bool {
    text.is_ascii()
        && text.len() > 3
        && text
            .as_bytes()
            .chunks(3)
            .all(|chunk| std::str::from_utf8(chunk).is_ok_and(is_status))
}

fn media_type<'a>(tokens: &'a [Token<'a>]) -> (Option<String>, &'a [Token<'a>]) {
    match tokens.split_first() {
        Some((first, rest)) if is_media_type(first.text) => (Some(first.text.to_owned()), rest),
        _ => (None, tokens),
    }
}

fn is_media_type(text: &str) -> bool {
    let part = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "+-._*".contains(character))
    };
    text.split_once('/')
        .is_some_and(|(kind, subtype)| part(kind) && part(subtype))
}

/// Reads what follows the media type.
fn content(
    part: &Part<'_>,
    tokens: &[Token<'_>],
    samples: Vec<Value>,
    notes: &mut Notes,
) -> Content {
    if let Some(number) = tabs(tokens, part.section) {
        let (rule, what) = match part.section {
            Section::Body => ("body-union", "body"),
            _ => ("response-union", "response"),
        };
        notes.findings.push(
            Finding::new(
                rule,
                format!(
                    "the {what} has one of several shapes, and the page shows the fields of the first only"
                ),
            )
            .line(number)
            .help("save the page as Markdown, or write its facts down in spec/facts"),
        );
    }
    let start = (0..tokens.len())
        .find(|index| starts_field(tokens, *index))
        .unwrap_or(tokens.len());
    let (preamble, blocks) = tokens.split_at(start);
    let mut list = false;
    let mut says_type = false;
    for token in preamble.iter().filter(|token| !token.is_blank()) {
        list |= matches!(
            token.kind,
            Kind::Limit(
                LimitLabel::Items | LimitLabel::MinimumItems | LimitLabel::MaximumItems,
                _
            )
        );
        if let Some((_, ty)) = token.text.split_once(" is of type ") {
            says_type = true;
            list |= ty.contains("[]");
        }
        notes.wording.push(token.text.to_owned());
    }
    let printed = fields::read(blocks, part.section, notes);
    let mut schema = nest::nest(printed, notes);
    let sample = sample::choose(samples, &schema);
    if let Some(sample) = &sample {
        list |= sample.is_array();
        if let Some(object) = sample::object(sample) {
            sample::complete(&mut schema, object);
        }
    }
    if list {
        schema = json!({"type": "array", "items": schema});
    }
    Content {
        schema,
        sample,
        says_type,
    }
}

/// Line of the tabs of a union: `Option 1`, `Option 2`, or several titles, or `object`, `object[]`.
fn tabs(tokens: &[Token<'_>], section: Section) -> Option<usize> {
    let filled = skip_blanks(tokens);
    let is_object = |token: &Token<'_>| matches!(token.text, "object" | "object[]");
    if let [first, second, ..] = filled
        && is_object(first)
        && is_object(second)
    {
        return Some(first.number);
    }
    let start = (0..filled.len()).find(|index| starts_field(filled, *index))?;
    let preamble = filled.get(..start)?;
    if let Some(tab) = preamble.iter().find(|token| is_option_tab(token.text)) {
        return Some(tab.number);
    }
    if section != Section::Body {
        return None;
    }
    // Two short lines without a blank between them are no paragraphs.
    let titles = preamble.iter().take_while(|token| is_title(token)).count();
    (titles >= 2)
        .then(|| preamble.first().map(|token| token.number))
        .flatten()
}

fn is_option_tab(text: &str) -> bool {
    text.strip_prefix("Option ").is_some_and(|number| {
        !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit())
    })
}

fn is_title(token: &Token<'_>) -> bool {
    token.kind == Kind::Text
        && !token.text.ends_with(['.', ':', '!', '?'])
        && token.text.split_whitespace().count() <= 3
}

fn skip_blanks<'a>(tokens: &'a [Token<'a>]) -> &'a [Token<'a>] {
    let blanks = tokens.iter().take_while(|token| token.is_blank()).count();
    tokens.get(blanks..).unwrap_or_default()
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
