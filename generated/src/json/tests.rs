use super::{Reader, write_float, write_string};

/// Texts that other readers accept or refuse in the same way, and similar ones.
const TEXTS: &[&str] = &[
    "",
    " ",
    "null",
    "nul",
    "nulll",
    "true",
    "false",
    "fals",
    "0",
    "-0",
    "-",
    "01",
    "-01",
    "1.",
    ".5",
    "1.5",
    "1.5e",
    "1.5e+",
    "1e5",
    "1E-5",
    "1e400",
    "-1e400",
    "1e-400",
    "+1",
    "1 ",
    "1 1",
    "0x10",
    "NaN",
    "123456789012345678901234567890",
    "\"\"",
    "\"a",
    "\"a\\",
    "\"\\u00e9\\n\\/\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\ud83d \\ude00\"",
    "\"\\ud83d\\n\"",
    "\"\\ud83d\\ud83d\\ude00\"",
    "\"\\ud83da\"",
    "\"tab\there\"",
    "\"nul\u{0}\"",
    "\"é😀\u{7f}\u{80}\"",
    "\"exactly8\"",
    "\"sixteen bytes ok\"",
    "\"seven77\\\"\"",
    "[]",
    "[ ]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1,2",
    "[1,[2,{\"a\":[]}],3]",
    "[1]]",
    "{}",
    "{ }",
    "{\"a\":1}",
    "{\"a\" : 1 , \"b\" : [ ] }",
    "{\"a\":1,}",
    "{\"a\"}",
    "{\"a\":}",
    "{a:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1]",
    "[1}",
    "{\"\\ud83d\":1}",
    "\u{feff}1",
    "\u{a0}1",
];

fn dropped(text: &str) -> bool {
    let mut reader = Reader::new(text);
    reader.drop_value().and_then(|_| reader.end()).is_ok()
}

#[test]
fn texts_are_accepted_and_refused_as_by_serde_json() {
    for text in TEXTS {
        let ignored = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        assert_eq!(dropped(text), ignored, "{text:?}");
    }
}

#[test]
fn a_text_cut_off_anywhere_is_refused() {
    let text = r#"{"a":["\u00e9\ud83d\ude00",-1.5e3,true,null,{"b":"c"}],"d":false}"#;
    assert!(dropped(text));
    for end in 0..text.len() {
        assert!(!dropped(&text[..end]), "{end}");
    }
}

#[test]
fn values_that_are_skipped_may_nest_as_deep_as_they_like() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for depth in [128, 129, 255, 256, 257, 100_000] {
        assert!(dropped(&nested(depth)), "{depth}");
        assert!(!dropped(&nested(depth)[1..]), "{depth}");
    }
    let mixed = format!("{}1{}", "[{\"a\":".repeat(400), "}]".repeat(400));
    assert!(dropped(&mixed));
    assert!(!dropped(&mixed.replacen("}]", "]}", 1)));
}

#[test]
fn texts_are_read_and_written_as_serde_json_does() {
    for text in TEXTS.iter().filter(|text| text.starts_with('"')) {
        let mut reader = Reader::new(text);
        let read = reader.string().ok().map(std::borrow::Cow::into_owned);
        let expected = serde_json::from_str::<String>(text).ok();
        assert_eq!(read, expected, "{text:?}");
        if let Some(value) = expected {
            let mut written = String::new();
            write_string(&mut written, &value);
            assert_eq!(written, serde_json::to_string(&value).unwrap());
        }
    }
    let controls: String = (0..=0x80).filter_map(char::from_u32).collect();
    let mut written = String::new();
    write_string(&mut written, &controls);
    assert_eq!(written, serde_json::to_string(&controls).unwrap());
}

#[test]
fn numbers_are_the_nearest_floats_and_whole_where_they_fit() {
    for text in [
        "0",
        "-0",
        "1",
        "-1.5",
        "0.1",
        "3.6725",
        "123456789012345",
        "1234567890123456",
        "0.30000000000000004",
        "9007199254740993",
        "1e3",
        "1.7976931348623157e308",
        "5e-324",
        "123456789012345678901234567890",
        "0.00000000000000000001",
        "999999999999999.9",
    ] {
        let float = Reader::new(text).number().unwrap().float().unwrap();
        assert_eq!(
            float.to_bits(),
            text.parse::<f64>().unwrap().to_bits(),
            "{text}"
        );
        let mut written = String::new();
        assert!(write_float(&mut written, float));
        let again: f64 = written.parse().unwrap();
        assert!(again.to_bits() == float.to_bits() || float == 0.0, "{text}");
    }
    for (text, whole) in [
        ("0", Some(0)),
        ("-7", Some(-7)),
        ("9223372036854775807", Some(i64::MAX)),
        ("-9223372036854775808", Some(i64::MIN)),
        ("9223372036854775808", None),
        ("2.0", Some(2)),
        ("1e3", Some(1000)),
        ("1.5", None),
        ("1e300", None),
        ("9007199254740993.0", None),
    ] {
        assert_eq!(Reader::new(text).number().unwrap().whole(), whole, "{text}");
    }
    assert!(!write_float(&mut String::new(), f64::NAN));
}
