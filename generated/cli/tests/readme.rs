//! The README shows what commands print.

use heffl_test_server::TestServer;

#[test]
fn every_command_of_the_readme_prints_what_it_shows() {
    let server = TestServer::start().unwrap();
    server.define_custom_field("deals", "Region", "text");
    server.define_custom_field("deals", "Seats", "number");
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().to_str().unwrap();
    trycmd::TestCases::new()
        .env("XDG_STATE_HOME", folder)
        .env("LOCALAPPDATA", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("APPDATA", folder)
        .env("HEFFL_BASE_URL", server.base_url())
        .env("HEFFL_API_KEY", server.key())
        .case("README.md")
        .run();
}
