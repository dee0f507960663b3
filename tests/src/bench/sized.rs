//! A made-up workspace with as many operations as wanted: records and overlays like ours, all gadgets.

use std::{fmt::Write as _, fs, io, path::Path};

use tempfile::TempDir;

/// Operations of one resource: list, get, create, update, delete.
const PER_RESOURCE: usize = 5;

/// Letters of the names of resources. No vowels and no `s`: nothing that a plural could be read into.
const LETTERS: &[u8] = b"bdgklmnprtv";

/// A workspace in a temporary folder: `operations`, 30 or more, in both versions together, a third of them in v1.
pub(super) fn workspace(operations: usize) -> io::Result<TempDir> {
    let root = tempfile::tempdir()?;
    let spec = root.path().join("spec");
    for (version, start) in [("v1", 0), ("v2", 1)] {
        let mut numbers = Vec::new();
        for number in
            (0..operations.div_ceil(PER_RESOURCE)).filter(|n| (n % 3 == 0) == (start == 0))
        {
            let first = number * PER_RESOURCE;
            numbers.push((number, PER_RESOURCE.min(operations - first)));
        }
        pages(&spec.join("pages").join(version), version, &numbers)?;
        overlays(&spec.join("overlays").join(version), &numbers)?;
    }
    Ok(root)
}

/// `gadget` and letters that stand for the number.
fn name(number: usize) -> String {
    let mut name = "gadget".to_owned();
    let mut rest = number;
    loop {
        name.push(char::from(LETTERS[rest % LETTERS.len()]));
        rest /= LETTERS.len();
        if rest == 0 {
            return name;
        }
    }
}

fn capitalised(name: &str) -> String {
    name.replacen('g', "G", 1)
}

fn write(folder: &Path, file: &str, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(file), text)
}

fn pages(folder: &Path, version: &str, numbers: &[(usize, usize)]) -> io::Result<()> {
    let guide = format!(
        "record: 1\nform: facts\npage: guides/start\nguide:\n  base_url: https://api.example.com/api/{version}\n"
    );
    write(folder, "guide.yaml", &guide)?;
    for &(number, operations) in numbers {
        let name = name(number);
        for (verb, text) in RECORDS.iter().take(operations) {
            let record = format!("{}{text}{AUTHORIZATION}", HEAD.replace("VERB", verb));
            write(
                folder,
                &format!("{verb}-{name}.yaml"),
                &record.replace("NAME", &name),
            )?;
        }
    }
    Ok(())
}

fn overlays(folder: &Path, numbers: &[(usize, usize)]) -> io::Result<()> {
    write(folder, "10-document.yaml", DOCUMENT_OVERLAY)?;
    for &(number, operations) in numbers {
        let name = name(number);
        let mut text =
            "overlay: 1.0.0\ninfo: {title: Gadgets, version: '1'}\nactions:\n".to_owned();
        for (target, matches, update) in ACTIONS
            .iter()
            .filter(|(needed, ..)| *needed <= operations)
            .map(|(_, target, matches, update)| (target, matches, update))
        {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "- {{target: \"{target}\", x-heffl-reason: Made up., x-heffl-evidence: described, \
                 x-heffl-matches: {matches}, update: {update}}}"
            );
        }
        let text = text
            .replace("NAME", &name)
            .replace("TYPE", &capitalised(&name));
        write(folder, &format!("40-{name}.yaml"), &text)?;
    }
    Ok(())
}

const HEAD: &str =
    "record: 1\nform: facts\npage: ref/VERB-NAME\noperation:\n  evidence: documented\n";

const AUTHORIZATION: &str = "  authorization:\n  - {in: header, name: x-api-key, type: string, required: true, evidence: documented}\n";

/// Verb and rest of the record, in the order in which operations are added.
const RECORDS: [(&str, &str); PER_RESOURCE] = [
    (
        "get",
        "  method: GET
  path: /NAMEs/{id}
  parameters:
  - {in: path, name: id, type: string, required: true, evidence: documented}
  response:
    status: 200
    custom_fields: true
    fields:
    - {name: id, type: string, required: true, evidence: documented}
    - {name: status, type: enum<string>, required: true, options: [NEW, USED, WORN], evidence: documented}
    - {name: title, type: string | null, max_length: 200, evidence: documented}
    - {name: createdAt, type: string<date-time>, required: true, evidence: documented}
    - {name: expiresAt, type: string<date-time> | null, evidence: documented}
    - {name: price, type: number, evidence: sampled}
    - {name: weight, type: number, minimum: 0, evidence: sampled}
    - {name: isOpen, type: boolean, evidence: documented}
    - {name: remark, type: any | null, evidence: documented}
    - {name: ownerIds, type: 'string[]', evidence: documented}
    - name: homeAddress
      type: object | null
      evidence: documented
      fields:
      - {name: city, type: string | null, evidence: documented}
      - {name: street, type: string | null, evidence: documented}
",
    ),
    (
        "list",
        "  method: GET
  path: /NAMEs
  parameters:
  - {in: query, name: cursor, type: string, evidence: documented}
  - {in: query, name: pageSize, type: integer, default: 30, minimum: 1, maximum: 100, evidence: documented}
  - {in: query, name: orderBy, type: enum<string>, default: createdAt, options: [createdAt, title], evidence: described}
  response:
    status: 200
    fields:
    - name: data
      type: object[]
      required: true
      evidence: documented
      items_same_as: {operation: 'GET /NAMEs/{id}', part: response, rule: Rows are gadgets., evidence: described}
    - name: meta
      type: object
      required: true
      evidence: documented
      fields:
      - {name: nextCursor, type: string | null, required: true, evidence: documented}
      - {name: hasMore, type: boolean, required: true, evidence: documented}
",
    ),
    (
        "create",
        "  method: POST
  path: /NAMEs
  body:
    media_type: application/json
    custom_fields: true
    fields:
    - {name: title, type: string, required: true, min_length: 1, evidence: documented}
    - {name: status, type: enum<string>, default: NEW, options: [NEW, USED, WORN], evidence: documented}
    - {name: price, type: number, evidence: documented}
    - {name: ownerIds, type: 'string[]', min_items: 1, evidence: documented}
    - name: gadgetParts
      type: object[]
      evidence: documented
      fields:
      - {name: label, type: string, required: true, evidence: documented}
      - {name: weight, type: number, minimum: 0, exclusive_minimum: true, evidence: documented}
  response:
    same_as: {operation: 'GET /NAMEs/{id}', part: response, rule: By analogy., evidence: inferred}
",
    ),
    (
        "update",
        "  method: PATCH
  path: /NAMEs/{id}
  parameters:
  - {in: path, name: id, type: string, required: true, evidence: documented}
  body:
    same_as: {operation: POST /NAMEs, part: body, except: [gadgetParts], rule: Bodies of sister pages agree., evidence: inferred}
    fields:
    - {name: note, type: string | null, evidence: documented}
  response:
    same_as: {operation: 'GET /NAMEs/{id}', part: response, rule: By analogy., evidence: inferred}
",
    ),
    (
        "delete",
        "  method: DELETE
  path: /NAMEs/{id}
  parameters:
  - {in: path, name: id, type: string, required: true, evidence: documented}
  response:
    status: 200
    fields:
    - {name: id, type: string, required: true, evidence: documented}
    - {name: deleted, type: boolean, required: true, evidence: documented}
",
    ),
];

/// For how many operations of the resource, target, number of matches, update.
const ACTIONS: &[(usize, &str, usize, &str)] = &[
    (
        1,
        "$.tags[?@.name == 'NAMEs']",
        1,
        "{description: Gadgets of one kind.}",
    ),
    (
        1,
        "$.paths['/NAMEs/{id}'].get",
        1,
        "{summary: Gets one., description: Gets a gadget by its identifier.}",
    ),
    (
        1,
        "$.paths['/NAMEs/{id}'].get.parameters[*]",
        1,
        "{description: Its identifier.}",
    ),
    (
        1,
        "$.components.schemas.TYPE",
        1,
        "{description: A gadget.}",
    ),
    (
        1,
        "$.components.schemas.TYPE.properties[*]",
        11,
        "{description: A part of a gadget.}",
    ),
    (
        1,
        "$.components.schemas.TYPE.properties.id",
        1,
        "{x-heffl-id: {prefix: NAME_, of: NAME}}",
    ),
    (
        1,
        "$.components.schemas.TYPE.properties['price','weight']",
        2,
        "{x-heffl-money: true}",
    ),
    (
        2,
        "$.paths['/NAMEs'].get",
        1,
        "{summary: Lists all., description: 'Lists gadgets, newest first.'}",
    ),
    (
        2,
        "$.paths['/NAMEs'].get.parameters[*]",
        3,
        "{description: Which ones.}",
    ),
    (
        2,
        "$.components.schemas.TYPEList",
        1,
        "{description: A page of gadgets., x-heffl-page: {items: /data, nextCursor: /meta/nextCursor, hasMore: /meta/hasMore, cursorParameter: cursor}}",
    ),
    (
        2,
        "$.components.schemas.TYPEList.properties[*]",
        2,
        "{description: A part of a page.}",
    ),
    (
        3,
        "$.paths['/NAMEs'].post",
        1,
        "{summary: Makes one., description: Makes a gadget and answers it.}",
    ),
    (
        3,
        "$.components.schemas.CreateTYPE",
        1,
        "{description: A gadget to be made.}",
    ),
    (
        3,
        "$.components.schemas.CreateTYPE.properties[*]",
        5,
        "{description: A part of a gadget to be made.}",
    ),
    (
        3,
        "$.components.schemas.CreateTYPE.properties.price",
        1,
        "{x-heffl-money: true}",
    ),
    (
        4,
        "$.paths['/NAMEs/{id}'].patch",
        1,
        "{summary: Changes one., description: 'Changes what is sent, and nothing else.'}",
    ),
    (
        4,
        "$.paths['/NAMEs/{id}'].patch.parameters[*]",
        1,
        "{description: Its identifier.}",
    ),
    (
        4,
        "$.components.schemas.UpdateTYPE",
        1,
        "{description: Changes of a gadget.}",
    ),
    (
        4,
        "$.components.schemas.UpdateTYPE.properties[*]",
        5,
        "{description: A part of a gadget to be changed.}",
    ),
    (
        4,
        "$.components.schemas.UpdateTYPE.properties.price",
        1,
        "{x-heffl-money: true}",
    ),
    (
        5,
        "$.paths['/NAMEs/{id}'].delete",
        1,
        "{summary: Deletes one., description: Deletes a gadget for good.}",
    ),
    (
        5,
        "$.paths['/NAMEs/{id}'].delete.parameters[*]",
        1,
        "{description: Its identifier.}",
    ),
];

const DOCUMENT_OVERLAY: &str = "overlay: 1.0.0
info: {title: Document, version: '1'}
actions:
- target: $.info
  x-heffl-reason: Made up.
  x-heffl-matches: 1
  update: {title: Gadgets, description: An invented API.}
- target: $.components
  x-heffl-reason: Made up.
  x-heffl-evidence: described
  x-heffl-matches: 1
  update:
    responses:
      BadRequest: {description: BadRequest., content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}}
      Unauthorized: {description: Unauthorized., content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}}
      Forbidden: {description: Forbidden., content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}}
      NotFound: {description: NotFound., content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}}
      Conflict: {description: Conflict., content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}}
      TooManyRequests: {description: TooManyRequests., content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}}
      InternalServerError: {description: InternalServerError., content: {application/json: {schema: {$ref: '#/components/schemas/ErrorEnvelope'}}}}
    schemas:
      ErrorEnvelope:
        type: object
        required: [message]
        description: What went wrong.
        properties:
          message: {description: What went wrong., type: string, x-heffl-evidence: described}
- target: $.components.schemas['HomeAddress','PageMeta','GadgetPart','DeleteResult'].properties[*]
  x-heffl-reason: Made up.
  x-heffl-matches: 8
  update: {description: What many gadgets have.}
";
