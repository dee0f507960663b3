//! An invented workspace with any number of operations, and with facts and overlays like those in `spec/`.

use std::{fmt::Write as _, fs, io, path::Path};

use tempfile::TempDir;

/// Operations of one resource: list, get, create, update, delete.
const PER_RESOURCE: usize = 5;

/// Letters of the names of resources. No vowels and no `s`, so that no name looks like a plural.
const LETTERS: &[u8] = b"bdgklmnprtv";

/// A workspace in a temporary folder with 30 operations or more in both versions together, a third of them in v1.
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
        facts(&spec.join("facts").join(version), version, &numbers)?;
        overlays(&spec.join("overlays").join(version), &numbers)?;
    }
    Ok(root)
}

/// `gadget` and letters for the number.
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

fn facts(folder: &Path, version: &str, numbers: &[(usize, usize)]) -> io::Result<()> {
    write(folder, "api.yaml", &API.replace("VERSION", version))?;
    for &(number, operations) in numbers {
        let name = name(number);
        for (verb, text) in OPERATIONS.iter().take(operations) {
            let file = format!("{verb}-{name}.yaml");
            write(
                folder,
                &file,
                &format!("{HEAD}{text}")
                    .replace("NAME", &name)
                    .replace("TYPE", &capitalised(&name)),
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

const API: &str = "servers: [{url: https://api.example.com/api/VERSION}]
x-heffl-responses:
  {'400': BadRequest, '401': Unauthorized, '403': Forbidden, '404': NotFound, '409': Conflict,
   '429': TooManyRequests, '500': InternalServerError}
";

/// The beginning of each page, with its security requirement.
const HEAD: &str = "x-heffl-evidence: documented
security: [{ApiKey: []}]
components: {securitySchemes: {ApiKey: {type: apiKey, in: header, name: x-api-key}}}
paths:
";

/// Verb and facts, in the order in which operations are added.
const OPERATIONS: [(&str, &str); PER_RESOURCE] = [
    (
        "get",
        "  /NAMEs/{id}:
    get:
      x-heffl-page: ref/get-NAME
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                required: [id, status, createdAt]
                properties:
                  id: {type: string}
                  status: {type: string, enum: [NEW, USED, WORN]}
                  title: {type: string, nullable: true, maxLength: 200}
                  createdAt: {type: string, format: date-time}
                  expiresAt: {type: string, format: date-time, nullable: true}
                  price: {type: number, x-heffl-evidence: sampled}
                  weight: {type: number, minimum: 0, x-heffl-evidence: sampled}
                  isOpen: {type: boolean}
                  remark: {nullable: true}
                  ownerIds: {type: array, items: {type: string}}
                  homeAddress:
                    type: object
                    nullable: true
                    properties: {city: {type: string, nullable: true}, street: {type: string, nullable: true}}
                x-heffl-custom-fields: true
",
    ),
    (
        "list",
        "  /NAMEs:
    get:
      x-heffl-page: ref/list-NAME
      parameters:
      - {name: cursor, in: query, schema: {type: string}}
      - {name: pageSize, in: query, schema: {type: integer, default: 30, minimum: 1, maximum: 100}}
      - {name: orderBy, in: query, schema: {type: string, enum: [createdAt, title], default: createdAt}, x-heffl-evidence: described}
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                required: [data, meta]
                properties:
                  data: {type: array, items: {$ref: '#/components/schemas/TYPE'}}
                  meta:
                    type: object
                    required: [nextCursor, hasMore]
                    properties: {nextCursor: {type: string, nullable: true}, hasMore: {type: boolean}}
",
    ),
    (
        "create",
        "  /NAMEs:
    post:
      x-heffl-page: ref/create-NAME
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [title]
              properties:
                title: {type: string, minLength: 1}
                status: {type: string, enum: [NEW, USED, WORN], default: NEW}
                price: {type: number}
                ownerIds: {type: array, minItems: 1, items: {type: string}}
                gadgetParts:
                  type: array
                  items:
                    type: object
                    required: [label]
                    properties: {label: {type: string}, weight: {type: number, minimum: 0, exclusiveMinimum: true}}
              x-heffl-custom-fields: true
      responses:
        '2XX': {content: {application/json: {schema: {$ref: '#/components/schemas/TYPE'}}}}
",
    ),
    (
        "update",
        "  /NAMEs/{id}:
    patch:
      x-heffl-page: ref/update-NAME
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              allOf:
              - $ref: '#/components/schemas/CreateTYPE'
                x-heffl-evidence: inferred
                x-heffl-rule: Bodies of sister pages agree.
                x-heffl-except: [gadgetParts]
              properties: {note: {type: string, nullable: true}}
      responses:
        '2XX': {content: {application/json: {schema: {$ref: '#/components/schemas/TYPE'}}}}
",
    ),
    (
        "delete",
        "  /NAMEs/{id}:
    delete:
      x-heffl-page: ref/delete-NAME
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                required: [id, deleted]
                properties: {id: {type: string}, deleted: {type: boolean}}
",
    ),
];

/// Number of operations of the resource that need the action, target, number of matches, update.
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
        "{summary: Makes one., description: Makes a gadget and returns it.}",
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
  x-heffl-evidence: described
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
  x-heffl-evidence: described
  x-heffl-matches: 8
  update: {description: What many gadgets have.}
";
