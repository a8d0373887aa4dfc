"""The browser's modules in a real Chromium, imported from the address that the app serves them at.

The rules of the address are tested without a browser, in tests/ui/assets/address.test.js.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sample_app import SampleApp
from ui.dashboard.endpoints.browser_files import assets_version

pytestmark = pytest.mark.browser

MORPH = """const { morph } = await load('morph');
    const box = document.createElement('div');
    document.body.append(box);"""


@pytest.fixture(scope="module")
def blank_page(chromium: Browser, sample_app: SampleApp) -> Iterator[Page]:
    """A page of the app's own origin with nothing in it."""
    page = chromium.new_page()
    blank = f"{sample_app.app.url}/blank"
    page.route(blank, lambda route: route.fulfill(content_type="text/html", body="<!doctype html><body>"))
    page.goto(blank)
    yield page
    page.close()


def run(page: Page, search: str, program: str) -> Any:
    """Run the body of an async function at an address; `load` imports a module."""
    modules = f"/dashboard/assets/{assets_version()}/"
    return page.evaluate(
        f"""async ([modules, search]) => {{
            history.replaceState(null, "", location.pathname + search);
            document.body.replaceChildren();
            const load = (name) => import(`${{modules}}${{name}}.js`);
            {program}
        }}""",
        [modules, search],
    )


def test_only_a_kept_change_is_a_step_back(blank_page: Page) -> None:
    """`keep` adds to the browser's history, everything else changes the address in its place."""
    program = """const { set } = await load('address');
        const before = history.length;
        set({ q: 'a' });
        const replaced = history.length - before;
        set({ q: 'b' }, { keep: true });
        return [replaced, history.length - before];"""
    assert run(blank_page, "", program) == [0, 1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "<p>a</p>b"),
        ("<p class='x' title='y'>a</p>", "<p class='z'>b</p><p>c</p>"),
        ("<p>a</p><!-- c --><b>d</b>", "<ul><li>1</li><li>2</li></ul>"),
        ("a<b>c</b>", ""),
        ("<i id='a'>1</i>", "<i id='b'>1</i>"),
        ("<form><input name='id'></form>", "<form class='x'><input name='id'>text</form>"),
    ],
)
def test_a_morphed_element_holds_what_the_markup_says(blank_page: Page, before: str, after: str) -> None:
    """Whatever was there before, the content is the new one."""
    program = f"{MORPH} box.innerHTML = `{before}`; morph(box, `{after}`);"
    program += f"const wanted = document.createElement('div'); wanted.innerHTML = `{after}`;"
    assert (
        run(blank_page, "", f"{program} return box.innerHTML === wanted.innerHTML || box.innerHTML;") is True
    )


def test_a_morphed_element_keeps_its_nodes(blank_page: Page) -> None:
    """Elements whose text or attributes change are the same ones; one with another id is not."""
    program = f"""{MORPH}
        morph(box, "<table><tr><td>1</td></tr></table><p id='a'>x</p>");
        const [cell, text] = [box.querySelector("td"), box.querySelector("td").firstChild];
        const paragraph = box.querySelector("p");
        morph(box, "<table class='new'><tr><td>2</td><td>3</td></tr></table><p id='b'>x</p>");
        return [cell === box.querySelector("td"), text.data, cell.isConnected, paragraph.isConnected];"""
    assert run(blank_page, "", program) == [True, "2", True, False]


def test_a_morphed_form_keeps_focus_text_and_what_is_open(blank_page: Page) -> None:
    """A form with a field called `id`, whose list gets longer, stays as its reader left it."""
    program = f"""{MORPH}
        const markup = (more) => "<form><select><option>a</option>" + more
            + "</select><input name='id'></form><details><summary>s</summary>" + more + "</details>";
        morph(box, markup(""));
        const field = box.querySelector("input");
        field.focus();
        field.value = "typed";
        box.querySelector("details").open = true;
        morph(box, markup("<option>b</option>"));
        return [document.activeElement === field, field.value, box.querySelector("details").open,
            box.querySelectorAll("select option").length];"""
    assert run(blank_page, "", program) == [True, "typed", True, 2]


def test_a_copied_text_is_said_on_the_button(blank_page: Page) -> None:
    """The button says that it copied; where the browser does not allow it, the text is offered."""
    program = """const { copy } = await load('copy');
        const offered = [];
        const button = document.createElement("button");
        button.textContent = "Copy";
        button.dataset.copied = "Copied";
        let allowed = true;
        Object.defineProperty(navigator, "clipboard", { configurable: true, value: {
            writeText: async (text) => { if (!allowed) throw new Error("no"); offered.push(text); } } });
        window.prompt = (name, text) => offered.push([name, text]);
        await copy(button, "one");
        const said = button.textContent;
        button.textContent = "Copy";
        allowed = false;
        await copy(button, "two");
        return [said, offered];"""
    assert run(blank_page, "", program) == ["Copied", ["one", ["Copy", "two"]]]
