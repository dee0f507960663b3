//! The curl command of a page's code sample.

use std::borrow::Borrow;

use serde_json::Value;

use crate::finding::Finding;

use super::lines::Line;

/// What a curl command says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curl {
    /// `--request`, upper case as printed.
    pub(super) method: Option<String>,
    /// The URL without its query.
    pub(super) url: Option<String>,
    /// The body, when it is JSON.
    pub(super) body: Option<Value>,
    /// Each as `name: value`.
    pub(super) headers: Vec<String>,
    /// Parameters of the query or of a form, each as `name=value`.
    pub(super) query: Vec<String>,
}

/// Reads the command that starts at the first of `lines`; also says how many lines it takes.
pub(super) fn read<L: Borrow<Line>>(lines: &[L]) -> Result<(Curl, usize), Finding> {
    let first = lines.first().map_or(1, |line| line.borrow().number);
    let (words, taken) = words(lines)?;
    let mut curl = Curl {
        method: None,
        url: None,
        body: None,
        headers: Vec::new(),
        query: Vec::new(),
    };
    let mut words = words.into_iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--request" | "-X" => curl.method = words.next(),
            "--url" => curl.url = words.next(),
            "--data" | "-d" | "--data-raw" => {
                let body = words.next().unwrap_or_default();
                if body.trim_start().starts_with(['{', '[']) {
                    curl.body = Some(serde_json::from_str(&body).map_err(|error| {
                        Finding::new(
                            "page-sample-broken",
                            format!("the request sample that starts here is not JSON: {error}"),
                        )
                        .line(first)
                        .help("save the page again; if it stays so, write its facts down in spec/facts")
                    })?);
                }
            }
            "--header" | "-H" => curl.headers.extend(words.next()),
            "--form" | "-F" | "--data-urlencode" => curl.query.extend(words.next()),
            url if url.starts_with("http") => curl.url = Some(word),
            _ => {}
        }
    }
    if let Some(url) = &mut curl.url
        && let Some((address, query)) = url.split_once('?')
    {
        curl.query.extend(query.split('&').map(str::to_owned));
        *url = address.to_owned();
    }
    Ok((curl, taken))
}

/// Splits a shell command into words. It ends at the first line end that is neither quoted nor
/// escaped.
fn words<L: Borrow<Line>>(lines: &[L]) -> Result<(Vec<String>, usize), Finding> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<(char, usize)> = None;
    for (index, line) in lines.iter().enumerate() {
        let line = line.borrow();
        let mut characters = line.text.chars().peekable();
        let mut continues = false;
        while let Some(character) = characters.next() {
            match (quote, character) {
                (Some((open, _)), _) if character == open => quote = None,
                (Some(('"', _)) | None, '\\') => match characters.next() {
                    Some(escaped) => word.get_or_insert_default().push(escaped),
                    None => continues = true,
                },
                (None, '\'' | '"') => {
                    quote = Some((character, line.number));
                    word.get_or_insert_default();
                }
                (None, ' ') => words.extend(word.take()),
                _ => word.get_or_insert_default().push(character),
            }
        }
        if quote.is_some() {
            word.get_or_insert_default().push('\n');
        } else {
            words.extend(word.take());
            if !continues {
                return Ok((words, index + 1));
            }
        }
    }
    match quote {
        Some((mark, line)) => Err(Finding::new(
            "page-cut-off",
            format!("the quotation mark {mark} of the code sample is never closed"),
        )
        .line(line)
        .help("the page ends too early; save it again")),
        None => Ok((words, lines.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        text.lines()
            .enumerate()
            .map(|(index, text)| Line {
                number: index + 1,
                text: text.to_owned(),
            })
            .collect()
    }

    fn check(text: &str, method: &str, url: &str, body: Option<&str>, taken: usize) {
        let (curl, lines_taken) = read(&lines(text)).unwrap();
        assert_eq!(curl.method.as_deref(), Some(method));
        assert_eq!(curl.url.as_deref(), Some(url));
        assert_eq!(curl.body.map(|body| body.to_string()).as_deref(), body);
        assert_eq!(lines_taken, taken);
    }

    #[test]
    fn body_on_lines_of_its_own() {
        check(
            "curl --request POST \\\n  --url https://api.example.test/v1/gadgets \\\n  --header 'x-api-key: <api-key>' \\\n  --data '\n{\n  \"label\": \"<string>\"\n}\n'\n{}",
            "POST",
            "https://api.example.test/v1/gadgets",
            Some(r#"{"label":"<string>"}"#),
            8,
        );
    }

    #[test]
    fn body_inline_and_quoted_url() {
        check(
            "curl --request PUT --url 'https://api.example.test/v1/gadgets?x=1' --data '{\n \"label\": \"it'\\''s\"\n}'\nnext",
            "PUT",
            "https://api.example.test/v1/gadgets",
            Some(r#"{"label":"it's"}"#),
            3,
        );
    }

    #[test]
    fn handwritten_command() {
        check(
            "curl -X GET \"https://api.example.test/v1/gadgets\" \\\n  -H \"x-api-key: KEY\"",
            "GET",
            "https://api.example.test/v1/gadgets",
            None,
            2,
        );
    }

    #[test]
    fn cut_off_and_broken_bodies() {
        let rule = |text: &str| read(&lines(text)).unwrap_err().rule;
        assert_eq!(rule("curl --data '\n{ \"a\":"), "page-cut-off");
        assert_eq!(rule("curl --data '{ \"a\": }'"), "page-sample-broken");
    }
}
