//! The drift of guides, in both forms of a page.

use heffl_tests::folder::{Folder, Outcome};

use super::drift::workshop;

const TEXT: &str = "\
Skip to main content

Working with gadgets

All lists of gadgets are paged. A key may send 60 requests per minute. Send it in x-api-key with every request.

Error codes

CodeHTTP StatusDescription
NOT_FOUND404There is no such gadget
CONFLICT409Another gadget is in the way
Wait until RateLimit-Reset has passed.

Pages of lists

ParameterTypeDefaultDescription
cursorstringnoneThe place to go on from
pageSizenumber30Gadgets on a page (max 100)

Filters

FieldTypeValue typeExample operators
partIdoptionstring (ID)is, is_any_of
Read the next page like this:
curl \"https://api.example.test/api/v1/gadgets?pageSize=25\" \\
  -H \"x-api-key: KEY\"

Events

gadget.created

Sent for each new gadget.
{
  \"event\": \"gadget.created\",
  \"payload\": {
    \"id\": \"gdg_1\",
    \"weight\": 5
  }
}

Headers

HeaderDescription
gadget-idIdentifier of the message
gadget-signatureHMAC-SHA256 of the body

The end of the words about gadgets.
";

const MARKDOWN: &str = "\
# Working with gadgets

All lists of gadgets are paged. A key may send **60 requests per minute**. Send it in `x-api-key` with every request.

## Error codes

| Code | HTTP Status | Description |
| --- | --- | --- |
| `NOT_FOUND` | 404 | There is no such gadget |
| `CONFLICT` | 409 | Another gadget is in the way |

Wait until `RateLimit-Reset` has passed.

## Pages of lists

| Parameter | Type | Default | Description |
| --- | --- | --- | --- |
| `cursor` | string | none | The place to go on from |
| `pageSize` | number | 30 | Gadgets on a page (max 100) |

## Filters

| Field | Type | Value type | Example operators |
| --- | --- | --- | --- |
| `partId` | option | string (ID) | is, is_any_of |

Read the next page like this:

```bash
curl \"https://api.example.test/api/v1/gadgets?pageSize=25\" \\
  -H \"x-api-key: KEY\"
```

## Events

### gadget.created

Sent for each new gadget.

```json
{
  \"event\": \"gadget.created\",
  \"payload\": {
    \"id\": \"gdg_1\",
    \"weight\": 5
  }
}
```

## Headers

| Header | Description |
| --- | --- |
| `gadget-id` | Identifier of the message |
| `gadget-signature` | HMAC-SHA256 of the body |

The end of the words about gadgets.
";

const GUIDES: [(&str, &str); 2] = [
    ("pages/guide/start.txt", TEXT),
    ("pages/guide/start.md", MARKDOWN),
];

/// A folder with a guide and its fragment.
fn with_guide(path: &str, text: &str) -> Folder {
    let folder = workshop();
    folder.write(path, text);
    let outcome = folder.run(&["docs", "pull", "--from", &folder.name("pages")]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    folder
}

fn drift(folder: &Folder) -> Outcome {
    folder.run(&["docs", "drift", "--from", &folder.name("pages")])
}

#[test]
fn each_kind_of_fact_is_reported_with_its_section() {
    let edits = [
        (
            "NOT_FOUND",
            "GADGET_UNKNOWN",
            "NOT_FOUND` in the rows of the section `Error codes` is gone",
        ),
        (
            "404",
            "410",
            "`NOT_FOUND / HTTP Status` in the rows of the section `Error codes` is \"410\" now",
        ),
        (
            "RateLimit-Reset",
            "Retry-After",
            "`RateLimit-Reset` in the terms of the section `Error codes` is gone",
        ),
        (
            "gadget-signature",
            "gadget-seal",
            "`gadget-signature` in the rows of the section `Headers` is gone",
        ),
        (
            "pageSize",
            "limit",
            "`pageSize` in the rows of the section `Pages of lists` is gone",
        ),
        (
            "max 100",
            "max 50",
            "max 100` in the rows of the section `Pages of lists` is gone",
        ),
        (
            "is_any_of",
            "is_one_of",
            "is \"is, is_one_of\" now, and was \"is, is_any_of\"",
        ),
        (
            "60 requests",
            "90 requests",
            "`60 requests per minute` in the terms of the section `Working with gadgets` is gone",
        ),
        (
            "minute",
            "hour",
            "`60 requests per hour` in the terms of the section `Working with gadgets` is new",
        ),
        (
            "\"event\": \"gadget.created",
            "\"event\": \"gadget.made",
            "`gadget.created` in the samples of the section `gadget.created` is gone",
        ),
        (
            "\"weight\"",
            "\"mass\"",
            "`gadget.created / payload / weight` in the samples of the section `gadget.created` is gone",
        ),
        (
            "x-api-key: ",
            "authorization: ",
            "headers / x-api-key` in the samples of the section `Filters` is gone",
        ),
        (
            "v1/gadgets",
            "v1/widgets",
            "in the samples of the section `Filters` is gone",
        ),
    ];
    for (path, text) in GUIDES {
        let folder = with_guide(path, text);
        assert_eq!(drift(&folder).code, 0);
        for (from, to, report) in edits {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            folder.write(path, changed);
            let outcome = drift(&folder);
            assert_eq!(outcome.code, 1, "{path}: {from}: {}", outcome.out);
            assert!(
                outcome.out.contains(report),
                "{path}: {report}: {}",
                outcome.out
            );
            assert!(
                outcome.out.contains("spec/pages/guide/start.yaml"),
                "{}",
                outcome.out
            );
        }
    }
}

#[test]
fn a_heading_that_names_an_event_is_a_fact() {
    for (path, text) in GUIDES {
        let folder = with_guide(path, text);
        folder.write(path, text.replace("gadget.created", "gadget.made"));
        let outcome = drift(&folder);
        assert_eq!(outcome.code, 1, "{path}");
        for words in [
            "`gadget.made` is new",
            "`gadget.created` is gone",
            "breaking: ",
            "warning: ",
        ] {
            assert!(
                outcome.out.contains(words),
                "{path}: {words}: {}",
                outcome.out
            );
        }
    }
}

#[test]
fn other_wording_headings_and_orders_are_not_drift() {
    for (path, text) in GUIDES {
        let folder = with_guide(path, text);
        let before = folder.read("spec/pages/guide/start.yaml");
        let other = text
            .replace("There is no such gadget", "Nobody knows this gadget")
            .replace("Error codes", "What can go wrong")
            .replace(
                "Sent for each new gadget.",
                "Whenever there is a new gadget, this is sent.",
            )
            .replace("Pages of lists", "Lists, page by page");
        folder.write(path, &other);
        let outcome = drift(&folder);
        assert_eq!(outcome.code, 0, "{path}: {}", outcome.out);
        assert!(!outcome.out.contains("fact-"), "{path}: {}", outcome.out);

        // Another number of uses of a term is only information.
        folder.write(path, other.replace("Send it in", "The x-api-key goes into"));
        let outcome = drift(&folder);
        assert_eq!(outcome.code, 0, "{path}: {}", outcome.out);
        assert!(
            outcome.out.contains("info: `x-api-key` in the terms"),
            "{path}: {}",
            outcome.out
        );
        let outcome = folder.run(&["docs", "pull", "--from", &folder.name("pages")]);
        assert_eq!(outcome.code, 0);
        assert_eq!(folder.read("spec/pages/guide/start.yaml"), before, "{path}");
    }
}

#[test]
fn pages_that_are_gone_new_or_unreadable_are_reported() {
    let (path, text) = GUIDES[0];
    let folder = with_guide(path, text);
    folder.write("pages/guide/more.txt", text);
    folder.write("pages/guide/broken.txt", "<!DOCTYPE html>\n");
    std::fs::remove_file(folder.path("pages/get-a-gadget.txt")).unwrap();
    let outcome = drift(&folder);
    assert_eq!(outcome.code, 1);
    for words in [
        "spec/pages/guide/more.yaml: warning: guide/more.txt has no fragment yet [page-new]",
        "spec/pages/ref/get-a-gadget.yaml: breaking: the page of this fragment is gone, or no longer describes an API [page-gone]",
        "breaking: the page of `GET /gadgets/{id}` is gone [operation-gone]",
        "guide/broken.txt:1: this is HTML [page-html]",
    ] {
        assert!(outcome.out.contains(words), "{words}: {}", outcome.out);
    }
}

#[test]
fn a_guide_without_facts_is_gone() {
    for (path, text) in GUIDES {
        let folder = with_guide(path, text);
        let title = text.find("Working").unwrap() + "Working with gadgets\n".len();
        folder.write(
            path,
            format!(
                "{}\nNothing but a few words about gadgets.\n",
                &text[..title]
            ),
        );
        let outcome = drift(&folder);
        assert_eq!(outcome.code, 1, "{path}: {}", outcome.out);
        let gone = "spec/pages/guide/start.yaml: breaking: the page of this fragment is gone";
        assert!(outcome.out.contains(gone), "{path}: {}", outcome.out);
    }
}

#[test]
fn facts_after_the_cut_of_a_truncated_page_are_not_gone() {
    let (path, text) = GUIDES[0];
    let folder = with_guide(path, text);
    for end in ["\"event\": \"gadg", "partIdoptionstr", "Read the next page"] {
        let cut = text.find(end).unwrap() + end.len();
        folder.write(path, &text[..cut]);
        let outcome = drift(&folder);
        assert_eq!(outcome.code, 0, "{end}: {}", outcome.out);
        // The facts before the cut count.
        folder.write(path, text[..cut].replace("NOT_FOUND404", "NOT_FOUND410"));
        let outcome = drift(&folder);
        assert_eq!(outcome.code, 1, "{end}: {}", outcome.out);
        assert!(
            outcome.out.contains("is \"410\" now"),
            "{end}: {}",
            outcome.out
        );
    }
    // If the truncated page is pulled first, the rest of the complete page is new.
    let folder = with_guide(path, &text[..text.find("Read the next").unwrap()]);
    folder.write(path, text);
    let outcome = drift(&folder);
    assert!(
        outcome.out.contains("the section `Headers` is new"),
        "{}",
        outcome.out
    );
}

#[test]
fn the_report_is_printed_or_left_out() {
    let folder = workshop();
    let pages = folder.name("pages");
    let outcome = folder.run(&["docs", "drift", "--from", &pages]);
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (0, "fragments: 1 file, all up to date\n")
    );
    let before = folder.contents();
    let outcome = folder.run(&["docs", "drift", "--from", &pages, "--report", "-"]);
    assert_eq!(outcome.code, 0);
    assert!(
        outcome.out.starts_with("The documentation compared with"),
        "{}",
        outcome.out
    );
    assert_eq!(folder.contents(), before);
}

#[test]
fn both_forms_of_a_guide_have_the_same_facts() {
    let [(text_path, text), (markdown_path, markdown)] = GUIDES;
    let folder = with_guide(text_path, text);
    std::fs::remove_file(folder.path(text_path)).unwrap();
    folder.write(markdown_path, markdown);
    let outcome = drift(&folder);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(!outcome.out.contains("[fact-"), "{}", outcome.out);
    assert!(outcome.out.contains("+  form: markdown"), "{}", outcome.out);
}
