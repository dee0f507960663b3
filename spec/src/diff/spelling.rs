//! Converts equivalent spellings to one form.

use url::Url;

/// A media type without its charset: neither case nor blanks matter.
pub(super) fn media_type(name: &str) -> String {
    let parts = name.split(';').map(|part| {
        let part = part.split_whitespace().collect::<String>();
        part.to_ascii_lowercase()
    });
    let parts: Vec<String> = parts
        .filter(|part| !part.is_empty() && !part.starts_with("charset="))
        .collect();
    parts.join(";")
}

/// The address of a server: case of scheme and host, the default port and a slash at the end have no meaning.
/// An incomplete address, such as one with variables, stays unchanged.
pub(super) fn server(url: &str) -> String {
    let trimmed = url.trim_end_matches('/');
    match Url::parse(trimmed) {
        // Braces of variables would be escaped.
        Ok(parsed) if parsed.has_host() && !trimmed.contains('{') => {
            parsed.as_str().trim_end_matches('/').to_owned()
        }
        _ => trimmed.to_owned(),
    }
}

/// The path without the names of its parameters, which have no meaning.
pub(super) fn path(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, inside)) = rest.split_once('{')
        && let Some((_, after)) = inside.split_once('}')
    {
        text.push_str(before);
        text.push_str("{}");
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Whether one of two statuses is a range such as `2XX` that the other belongs to.
pub(super) fn is_in_range(one: &str, other: &str) -> bool {
    let range = |status: &str| {
        let first = status.chars().next().filter(char::is_ascii_digit)?;
        (status.len() == 3).then(|| format!("{first}XX"))
    };
    let is_range =
        |status: &str| range(status).is_some_and(|range| range.eq_ignore_ascii_case(status));
    range(one).is_some() && range(one) == range(other) && (is_range(one) || is_range(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_spellings_have_one_form() {
        for (one, other) in [
            ("application/json", "Application/JSON; charset=utf-8"),
            (
                "text/csv;header=present",
                "text/csv; Header=present; charset=UTF-8",
            ),
        ] {
            assert_eq!(media_type(one), media_type(other));
        }
        assert_ne!(
            media_type("text/csv"),
            media_type("text/csv; header=present")
        );
        for (one, other) in [
            (
                "https://api.example.test/v1",
                "HTTPS://API.Example.test:443/v1/",
            ),
            ("http://api.example.test", "http://api.example.test:80/"),
        ] {
            assert_eq!(server(one), server(other));
        }
        for (one, other) in [
            ("https://api.example.test/v1", "https://api.example.test/V1"),
            (
                "https://api.example.test/v1",
                "https://api.example.test:444/v1",
            ),
            ("https://{a}.example.test", "https://{b}.example.test"),
            ("/v1", "/v2"),
        ] {
            assert_ne!(server(one), server(other));
        }
        assert_eq!(path("/a/{id}/b/{nr}"), "/a/{}/b/{}");
        assert!(is_in_range("2xx", "204") && is_in_range("404", "4XX"));
        assert!(!is_in_range("200", "201") && !is_in_range("default", "2XX"));
    }
}
