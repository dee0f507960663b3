use super::*;

fn kind(text: &str) -> &'static str {
    match parse(text, "x") {
        Ok(fragment) if fragment.get("paths").is_some() => "endpoint",
        Ok(_) => "guide",
        Err(findings) => findings[0].rule,
    }
}

#[test]
fn every_kind_is_distinguished_from_the_others() {
    let head = "GET\n/\ngadgets\n";
    let auth = "Authorizations\nx-key\nstring\nheader\n\nText\n";
    for (text, expected) in [
        (String::new(), "page-empty"),
        (" \n\n".to_owned(), "page-empty"),
        ("lorem\nipsum".to_owned(), "page-unknown"),
        ("{\"a\": 1}".to_owned(), "page-unknown"),
        ("<!DOCTYPE html>\n<html>".to_owned(), "page-html"),
        (format!("{head}{auth}Response\nOK"), "endpoint"),
        (format!("{head}Response\n204\n\nGone"), "endpoint"),
        (head.to_owned(), "page-cut-off"),
        (format!("{head}{auth}"), "endpoint"),
        (format!("{auth}Response\nOK"), "page-without-route"),
        (
            format!("{head}Authorizations\nSome key\nBody\nA colour\nResponse\nOK"),
            "page-article-style",
        ),
        (
            "Title\nAuthorizations\nSome key".to_owned(),
            "page-article-style",
        ),
        (
            format!("{head}Autorizaciones\nx-key\nstring"),
            "page-labels-unknown",
        ),
        (
            "Gadgets\nCall POST /gadgets\nlabel\nstring\nrequired".to_owned(),
            "page-handwritten",
        ),
        (
            "Skip to main content\nKeys\n\nA key is a word that you send with each request."
                .to_owned(),
            "guide",
        ),
        (
            "Gadgets\nMethodPathDescription\nGET/gadgetsList".to_owned(),
            "guide",
        ),
    ] {
        assert_eq!(kind(&text), expected, "{text}");
    }
}
