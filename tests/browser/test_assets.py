"""The browser's modules in a real Chromium, imported from the address that the app serves them at."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sample_app import SampleApp
from ui.dashboard.browser_files import assets_version

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


def address_after(page: Page, search: str, program: str) -> str:
    """Run a program with the module `address`, and return the address's query string."""
    program = f"const address = await load('address'); {program}; return location.search;"
    return str(run(page, search, program))


def test_an_address_tells_its_parts(blank_page: Page) -> None:
    """What stands in the address is read decoded; what does not is empty."""
    program = "const { get } = await load('address'); return ['q', 'task', 'page'].map(get);"
    assert run(blank_page, "?q=a%20%26+%E5%A5%BD&task=", program) == ["a & 好", "", ""]


def test_a_change_of_the_address_leaves_foreign_parts(blank_page: Page) -> None:
    """Parts of others stay; an empty value takes a part away."""
    after = address_after(blank_page, "?__theme=dark&task=chat", "address.set({ task: '', q: 'a&b' })")
    assert after == "?__theme=dark&q=a%26b"


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ("{ task: 'chat' }", "?zoom=1%2C2&task=chat"),
        ("{ page: '4' }", "?page=4&zoom=1%2C2"),
        ("{ zoom: '5,6' }", "?page=3&zoom=5%2C6"),
        ("{ request: 'x' }", "?page=3&zoom=1%2C2&request=x"),
        ("{ range: '6h' }", "?range=6h"),
        ("{ source: 'file:a' }", "?source=file%3Aa"),
    ],
)
def test_a_change_takes_away_what_it_makes_void(blank_page: Page, change: str, after: str) -> None:
    """Another selection begins at its first page, another time or source at no zoom."""
    assert address_after(blank_page, "?page=3&zoom=1,2", f"address.set({change})") == after


def test_an_own_time_leaves_the_address_with_its_range(blank_page: Page) -> None:
    """`from` and `to` belong to the range `own` alone."""
    own = "?range=own&from=2026-01-01&to=2026-01-02"
    assert address_after(blank_page, own, "address.set({ range: '1h' })") == "?range=1h"
    assert address_after(blank_page, own, "address.set({ task: 'chat' })") == f"{own}&task=chat"


def test_only_a_kept_change_is_a_step_back(blank_page: Page) -> None:
    """`keep` adds to the browser's history, everything else changes the address in its place."""
    program = """const { set } = await load('address');
        const before = history.length;
        set({ q: 'a' });
        const replaced = history.length - before;
        set({ q: 'b' }, { keep: true });
        return [replaced, history.length - before];"""
    assert run(blank_page, "", program) == [0, 1]


def test_the_server_is_asked_for_nothing_but_the_view(blank_page: Page) -> None:
    """What the page alone needs is left out of the question."""
    program = "const { viewQuery } = await load('address'); return viewQuery();"
    search = "?tab=dashboard&range=1h&refresh=5&request=x&__theme=dark&q=%26&page=2"
    assert run(blank_page, search, program) == "range=1h&q=%26&page=2"


def test_a_reset_filter_keeps_time_and_order(blank_page: Page) -> None:
    """Without the filter, source, time and order are what they were."""
    search = "?range=1h&kind=all&task=a&status=b&label=c&level=d&over=1&q=e&session=f&id=g&sort=ttft&page=3"
    after = address_after(blank_page, search, "address.set(address.withoutFilter())")
    assert after == "?range=1h&sort=ttft"


@pytest.mark.parametrize(("search", "asks"), [("", False), ("?request=x", False), ("?range=1h", True)])
def test_an_address_tells_whether_it_is_of_the_dashboard(blank_page: Page, search: str, asks: bool) -> None:
    """A request opens over either tab; any other part of a view means the dashboard."""
    program = "return (await load('address')).isDashboard();"
    assert run(blank_page, search, program) is asks


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
