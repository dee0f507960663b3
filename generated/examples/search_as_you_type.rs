//! Searches while the user types, like a program with a window, whose thread never waits. Here, each line is typed
//! text.
//!
//! `HEFFL_API_KEY=… cargo run --example search_as_you_type`

use std::{io, sync::mpsc, thread, time::Duration};

use heffl::{Client, Error, Priority, v2::Contact};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (typed, found) = search(Client::from_env()?);
    for line in io::stdin().lines() {
        typed.send(line?)?;
        // A window does this before each frame.
        found.try_iter().for_each(show);
    }
    drop(typed);
    found.iter().for_each(show);
    Ok(())
}

fn show((text, found): Found) {
    match found {
        Ok(contacts) => contacts
            .iter()
            .for_each(|contact| println!("{text}: {contact}")),
        Err(error) => eprintln!("{text}: {error}"),
    }
}

/// The contacts found for a text.
pub type Found = (String, Result<Vec<Contact>, Error>);

/// A thread that searches for the last text that was typed. It ends when either channel is closed.
pub fn search(heffl: Client) -> (mpsc::Sender<String>, mpsc::Receiver<Found>) {
    let (typed, texts) = mpsc::channel::<String>();
    let (results, found) = mpsc::channel();
    thread::spawn(move || {
        while let Ok(text) = texts.recv() {
            let text = texts.try_iter().last().unwrap_or(text);
            let call = heffl.v2().contacts().list().search(&text).into_call();
            // The user waits for this call, so it goes ahead of background work.
            let call = call
                .priority(Priority::Interactive)
                .deadline(Duration::from_secs(5));
            let page = call.send_blocking().map(heffl::Page::into_items);
            if results.send((text, page)).is_err() {
                return;
            }
        }
    });
    (typed, found)
}
