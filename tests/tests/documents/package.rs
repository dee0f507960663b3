//! A crate for the API of another vendor: `cargo xtask generate --document FILE --out DIR`.

use std::{fs, path::Path};

use heffl_tests::{
    folder::{self, Folder, contents},
    server::{Reply, Server},
    workspace,
};
use tokio::process::Command;

const DOCUMENT: &str = r"
openapi: 3.0.3
info: {title: Parcel Post, version: '1'}
servers: [{url: 'https://post.example.com/api/v3'}]
security: [{Token: []}]
components:
  securitySchemes: {Token: {type: http, scheme: bearer}}
  schemas:
    NewParcel:
      type: object
      required: [to]
      properties:
        to: {type: string, description: The address.}
        weight: {type: integer, description: In grams.}
    Parcel:
      type: object
      required: [id]
      properties:
        id: {type: string, description: Its number.}
        weight: {type: integer, description: In grams.}
        route: {$ref: '#/components/schemas/Stop0'}
paths:
  /parcels:
    post:
      operationId: createParcel
      tags: [parcels]
      summary: Hand in a parcel
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewParcel'}}}
      responses:
        '201': {description: The parcel., content: {application/json: {schema: {$ref: '#/components/schemas/Parcel'}}}}
    get:
      operationId: findParcels
      tags: [parcels]
      summary: Find parcels
      parameters:
        - {name: only, in: query, style: deepObject, schema: {type: object, properties: {to: {type: string, maxLength: 9}, weights: {type: array, items: {type: integer}}}}}
        - {name: page, in: query, schema: {type: object, required: [size], properties: {size: {type: integer}, offset: {type: integer}}}}
        - {name: labels, in: query, style: deepObject, schema: {type: object, additionalProperties: {type: string}}}
        - {name: depot, in: query, explode: false, schema: {type: object, properties: {city: {type: string}, number: {type: integer}}}}
        - {name: codes, in: query, schema: {type: array, minItems: 1, maxItems: 2, items: {type: string, maxLength: 3}}}
        - {name: note, in: query, schema: {type: string, nullable: true}}
        - {name: X-Depth, in: header, schema: {type: integer, maximum: 9}}
        - {name: session, in: cookie, required: true, schema: {type: string}}
        - {name: theme, in: cookie, schema: {type: string, enum: [dark, light]}}
      responses:
        '204': {description: Nothing.}
  /photos:
    put:
      operationId: sendPhoto
      tags: [parcels]
      summary: Send a photo
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [title, photo]
              properties:
                title: {type: string, maxLength: 5, description: Its title.}
                photo: {type: string, format: binary}
      responses:
        '204': {description: Nothing.}
";

// A program with types of a long circle needs the limit, as the crate does.
const PROGRAM: &str = r#"#![recursion_limit = "1024"]

use std::collections::BTreeMap;

use parcel_post::{
    Client,
    parcel_post::{
        FindParcelsDepot, FindParcelsOnly, FindParcelsPage, FindParcelsTheme, NewParcel,
        SendPhotoBody,
    },
    reqwest,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let post = Client::from_env()?;
        let parcel = post.parcel_post().parcels().create(NewParcel::new("1 High Street").weight(250)).await?;
        println!("{} {:?}", parcel.id, parcel.weight);

        let parcels = post.parcel_post().parcels();
        let weights = [250_i64, 300];
        let find = parcels.find("a b;c")
            .only(FindParcelsOnly::new().to("1 & 2").weights(weights))
            .page(FindParcelsPage::new(20))
            .labels(BTreeMap::from([("colour".to_owned(), "red".to_owned())]))
            .depot(FindParcelsDepot::new().city("Bonn").number(3))
            .codes(["a", "b"])
            .note(None::<String>)
            .x_depth(9)
            .theme(FindParcelsTheme::Dark);
        find.clone().await?;
        for wrong in [
            find.clone().only(FindParcelsOnly::new().to("1 High Street")),
            find.clone().codes(["a", "b", "c"]),
            find.clone().codes(["long"]),
            find.x_depth(10),
        ] {
            println!("{}", wrong.await.unwrap_err());
        }

        let file = || ("p.png", reqwest::Body::wrap("a stream".to_owned()));
        let send = |title: &str| parcels.send_photo(SendPhotoBody::new(title), file());
        println!("{}", send("too long").await.unwrap_err());
        println!("{}", send("photo").await.unwrap_err());
        Ok(())
    })
}
"#;

/// The document, with types that refer to each other in a long circle. The compiler follows it to prove that a type is
/// [`Send`].
fn document() -> String {
    let stops = (0..100).map(|stop| {
        let next = (stop + 1) % 100;
        format!("    Stop{stop}: {{type: object, properties: {{next: {{$ref: '#/components/schemas/Stop{next}'}}}}}}\n")
    });
    let stops: String = stops.collect();
    DOCUMENT.replace("    NewParcel:\n", &format!("{stops}    NewParcel:\n"))
}

/// Makes the files of a folder the same as those of another. Equal files are not written, so that cargo compiles only
/// what changed since the last run.
fn mirror(from: &Folder, to: &Path) {
    let (new, old) = (from.contents(), contents(to));
    for path in old.keys().filter(|path| !new.contains_key(*path)) {
        fs::remove_file(to.join(path)).unwrap();
    }
    for (path, bytes) in new {
        if old.get(&path) != Some(&bytes) {
            let path = to.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
}

#[tokio::test]
async fn a_crate_for_another_vendor_compiles_and_calls_that_vendor() {
    let (input, package) = (Folder::default(), Folder::default());
    input.write("post.yaml", document());
    let (document, out) = (input.name("post.yaml"), package.name("."));
    let outcome = folder::run(&["generate", "--document", &document, "--out", &out]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    for (path, text) in package.contents() {
        let text = String::from_utf8(text).unwrap();
        assert!(!text.to_ascii_lowercase().contains("heffl"), "{path}");
    }

    package.write("examples/hand_in.rs", PROGRAM);
    let manifest = package.read("Cargo.toml") + "\n[lints.rust]\nwarnings = \"deny\"\n";
    package.write("Cargo.toml", manifest);
    let lock = fs::read(workspace().join("Cargo.lock")).unwrap();
    package.write("Cargo.lock", lock);
    // In a new folder, the crate would be compiled again in every run.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parcel-post");
    mirror(&package, &folder);
    let server = Server::start([
        Reply::json(201, r#"{"id": "p1", "weight": 250}"#),
        Reply::with_headers(204, &[], ""),
        Reply::with_headers(503, &[], ""),
    ])
    .await;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--no-default-features"])
        .args(["--example", "hand_in", "--target-dir"])
        .arg(target)
        .current_dir(&folder)
        .env("PARCEL_POST_API_KEY", "s3cr3t")
        .env("PARCEL_POST_BASE_URL", format!("{}/api", server.url()))
        // Dependencies with the same profile and features as in the workspace are compiled already.
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .output()
        .await
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{error}");
    let output = String::from_utf8(output.stdout).unwrap();
    let expected = [
        "p1 Some(250)",
        "invalid request: findParcels: parameter only: `to` takes at most 9 characters",
        "invalid request: findParcels: parameter codes takes at most 2 items",
        "invalid request: findParcels: parameter codes takes at most 3 characters",
        "invalid request: findParcels: parameter X-Depth must be at most 9",
        "invalid request: sendPhoto: the body cannot be sent: `title` takes at most 5 characters",
        "sendPhoto: 503: Service Unavailable (not sent again: the body has a stream; make a new call with a new stream)",
    ];
    assert_eq!(output.lines().collect::<Vec<_>>(), expected);

    let [sent, found, photo] = server.recorded().try_into().unwrap();
    assert_eq!((&*sent.method, &*sent.target), ("POST", "/api/v3/parcels"));
    assert_eq!(sent.header("authorization"), ["Bearer s3cr3t"]);
    assert_eq!(sent.header("user-agent"), ["parcel-post-rust/0.1.0"]);
    assert_eq!(sent.text(), r#"{"to":"1 High Street","weight":250}"#);

    let target = "/api/v3/parcels?only%5Bto%5D=1+%26+2&only%5Bweights%5D=250&only%5Bweights%5D=300&size=20\
        &labels%5Bcolour%5D=red&depot=city%2CBonn%2Cnumber%2C3&codes=a&codes=b";
    assert_eq!((&*found.method, &*found.target), ("GET", target));
    assert_eq!(found.header("cookie"), ["session=a%20b%3Bc; theme=dark"]);
    assert_eq!(found.header("x-depth"), ["9"]);

    assert_eq!((&*photo.method, &*photo.target), ("PUT", "/api/v3/photos"));
    assert!(photo.header("content-type")[0].starts_with("multipart/form-data; boundary="));
    assert_eq!(photo.header("transfer-encoding"), ["chunked"]);
}
