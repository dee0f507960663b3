//! Compares two operations: what they are called, what they take and what they answer.

use super::{
    catalogue as rules,
    engine::{Comparer, Draft},
    node::Node,
    rule::Rule,
    schema::strength,
    schema_rules::Direction,
    subject::step,
};
use crate::yaml::child;

/// An operation of one document.
pub(super) struct Operation<'a> {
    pub(super) method: String,
    pub(super) path: &'a str,
    pub(super) node: Node<'a>,
    /// The path item around it.
    pub(super) item: Node<'a>,
}

impl Operation<'_> {
    /// What people call it, such as `GET /deals/{id}`.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The path without the names of its parameters, which mean nothing.
pub(super) fn anonymous(path: &str) -> String {
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

impl<'a> Comparer<'a> {
    /// Two operations that belong together.
    pub(super) fn operation(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        self.operation_names(old, new);
        self.operation_servers(old, new);
        self.parameters(old, new);
        let (before, after) = (old.node.get("requestBody"), new.node.get("requestBody"));
        self.bodies(Direction::Request, &old.node, before, after);
        self.responses(old, new);
    }

    fn operation_names(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let title = new.title();
        let key = "operationId";
        let (before, after) = (old.node.value.get(key), new.node.value.get(key));
        if before != after {
            self.said(
                &rules::OPERATION_ID_CHANGED,
                key,
                &old.node,
                &new.node,
                &title,
            );
        }
        match (old.node.flag("deprecated"), new.node.flag("deprecated")) {
            (false, true) => self.said(
                &rules::OPERATION_DEPRECATED,
                "deprecated",
                &old.node,
                &new.node,
                &title,
            ),
            (true, false) => self.said(
                &rules::OPERATION_UNDEPRECATED,
                "deprecated",
                &old.node,
                &new.node,
                &title,
            ),
            _ => {}
        }
        let key = "x-heffl-evidence";
        let known = |node: &Node<'_>| strength(node.value.get(key));
        match known(&new.node).cmp(&known(&old.node)) {
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => self.said(
                &rules::OPERATION_EVIDENCE_STRENGTHENED,
                key,
                &old.node,
                &new.node,
                &title,
            ),
            std::cmp::Ordering::Less => self.said(
                &rules::OPERATION_EVIDENCE_WEAKENED,
                key,
                &old.node,
                &new.node,
                &title,
            ),
        }
        let tags = |node: &Node<'a>| {
            node.get("tags")
                .iter()
                .flat_map(Node::items)
                .collect::<Vec<_>>()
        };
        let (before, after) = (tags(&old.node), tags(&new.node));
        let has =
            |tags: &[Node<'_>], tag: &Node<'_>| tags.iter().any(|known| known.value == tag.value);
        let location = child(&old.node.at.location(), "tags");
        for tag in before.iter().filter(|tag| !has(&after, tag)) {
            let mut draft = Draft::removed(&rules::OPERATION_TAG_REMOVED, tag)
                .values(Some(tag.value.clone()), None);
            draft.location.clone_from(&location);
            self.report(draft.message(format!("{title} loses the tag {}.", tag.value)));
        }
        for tag in after.iter().filter(|tag| !has(&before, tag)) {
            let draft = Draft::added(&rules::OPERATION_TAG_ADDED, tag, location.clone());
            let draft = draft.values(None, Some(tag.value.clone()));
            self.report(draft.message(format!("{title} gets the tag {}.", tag.value)));
        }
    }

    /// Reports a keyword of a node: at its new place, or at the old one if it is gone.
    pub(super) fn said(
        &mut self,
        rule: &'static Rule,
        key: &'a str,
        old: &Node<'a>,
        new: &Node<'a>,
        what: &str,
    ) {
        let (before, after) = (old.get(key), new.get(key));
        let mut draft = match (&before, &after) {
            (None, Some(after)) => Draft::added(rule, after, child(&old.at.location(), key)),
            (Some(before), None) => Draft::removed(rule, before),
            (Some(before), Some(after)) => Draft::changed(rule, before, after),
            (None, None) => Draft::changed(rule, old, new),
        };
        let (before, after) = (before.map(|node| node.value), after.map(|node| node.value));
        draft = draft.values(before.cloned(), after.cloned());
        self.report(draft.message(format!(
            "{what}: {}{}.",
            lower(rule.title),
            step(before, after)
        )));
    }
}

/// A title as a part of a sentence.
pub(super) fn lower(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
