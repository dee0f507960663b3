//! The README shows what commands print.

use heffl_test_server::TestServer;

#[test]
fn every_command_of_the_readme_prints_what_it_shows() {
    let server = TestServer::start().unwrap();
    server.define_custom_field("deals", "Region", "text");
    server.define_custom_field("deals", "Seats", "number");
    let folder = tempfile::tempdir().unwrap();
    trycmd::TestCases::new()
        .env("HEFFL_BASE_URL", server.base_url())
        .env("HEFFL_API_KEY", server.key())
        .env("XDG_STATE_HOME", folder.path().to_str().unwrap())
        .env("XDG_CONFIG_HOME", folder.path().to_str().unwrap())
        .case("README.md")
        .run();
}
