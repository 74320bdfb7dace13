"""The status page in a real browser, on a phone and on a desk, with few targets and with many."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from exporter.errors import PollError, Reason
from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.web.server import Server, build_application
from tests.support.tools import require
from tests.support.web_standin import NOW, Now, StandIn

PHONE, DESK = (390, 844), (1280, 900)
LONG = "no answer from https://contactcenter.example.com/a/very/long/path/" + "x" * 80

InBrowser = Callable[[Callable[[Chrome], None]], Awaitable[None]]


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = require("chromium")
    profile = tmp_path_factory.mktemp("profile")
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    browser = Chrome(options, ChromeService(require("chromedriver")))
    yield browser
    browser.quit()


def centres(number: int) -> list[TargetHealth]:
    """Return targets of which every fifth cannot be reached."""
    found = []
    for index in range(number):
        resources = [
            ResourceHealth(name, 15.0, due=float(at)) for at, name in enumerate(("queues", "agents", "trunks"))
        ]
        for resource in resources:
            resource.series = 1200
            resource.succeeded(NOW - 7, 0.218)
        if index % 5 == 1:
            resources[0].failed(PollError(Reason.CONNECTION, LONG), 0.011)
        found.append(TargetHealth(f"centre-{index:03}", "kpn", resources))
    return found


@pytest.fixture
def exporter() -> StandIn:
    return StandIn()


@pytest.fixture
async def url(exporter: StandIn) -> AsyncIterator[str]:
    server = Server(build_application(exporter, Now(), dashboards_url="https://grafana.example"))
    port = await server.start("127.0.0.1", 0)
    yield f"http://127.0.0.1:{port}/"
    await server.stop()


@pytest.fixture
def browse(chrome: Chrome) -> Iterator[InBrowser]:
    """Do something with the browser beside the loop that serves the page, and expect no complaint on its console."""

    async def do(work: Callable[[Chrome], None]) -> None:
        await asyncio.to_thread(work, chrome)

    for command, parameters in (
        ("Emulation.setScriptExecutionDisabled", {"value": False}),
        ("Emulation.setEmulatedMedia", {"features": []}),
    ):
        chrome.execute_cdp_cmd(command, parameters)
    yield do
    complaints = chrome.get_log("browser")  # type: ignore[no-untyped-call]
    chrome.get("about:blank")
    assert [line for line in complaints if "ERR_CONNECTION_REFUSED" not in line["message"]] == []


def shape(chrome: Chrome, size: tuple[int, int]) -> None:
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def shown(chrome: Chrome) -> list[str]:
    """Return the target and resource of each row."""
    script = (
        "return [...document.querySelectorAll('tbody tr')].map(row => "
        "row.querySelector('a').innerText + ' ' + row.cells[1].innerText)"
    )
    found: list[str] = chrome.execute_script(script)
    return found


def until(chrome: Chrome, condition: Callable[[], object]) -> None:
    WebDriverWait(chrome, 20, 0.05).until(lambda _: condition())


def field(chrome: Chrome, name: str) -> WebElement:
    return chrome.find_element(By.NAME, name)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["voice", "desk"])
@pytest.mark.parametrize("number", [5, 500])
async def test_every_row_is_there_and_nothing_sticks_out(  # noqa: PLR0913, PLR0917 - fixtures and a table's columns
    exporter: StandIn, url: str, browse: InBrowser, tmp_path: Path, size: tuple[int, int], number: int
) -> None:
    exporter.health = centres(number)

    def page(chrome: Chrome) -> None:
        shape(chrome, size)
        chrome.get(url)
        chrome.save_screenshot(str(tmp_path / "page.png"))
        assert len(shown(chrome)) == 3 * number
        assert (
            f"{number} targets: {number * 4 // 5} up, {number // 5} failing"
            in chrome.find_element(By.ID, "summary").text
        )
        width = chrome.execute_script("return document.documentElement.scrollWidth")
        assert width <= size[0]
        outside = chrome.execute_script(
            "return [...document.querySelectorAll('tbody td, tbody th, input, nav a')]"
            ".filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"
        )
        assert outside == 0

    await browse(page)


async def test_typing_filters_and_the_refresh_keeps_it(exporter: StandIn, url: str, browse: InBrowser) -> None:
    exporter.health = centres(50)

    def page(chrome: Chrome) -> None:
        shape(chrome, DESK)
        chrome.get(url)
        field(chrome, "q").send_keys("centre-04")
        until(chrome, lambda: len(shown(chrome)) == 30)
        field(chrome, "wrong").click()
        until(chrome, lambda: shown(chrome) == ["centre-041 queues", "centre-046 queues"])
        assert chrome.current_url.endswith("/?q=centre-04&wrong=1")
        assert chrome.find_element(By.ID, "shown").text == "2 of 150 resources shown"
        exporter.health[41].resources[0].succeeded(NOW, 0.1)
        chrome.execute_script("return ask()")
        until(chrome, lambda: shown(chrome) == ["centre-046 queues"])
        assert field(chrome, "q").get_attribute("value") == "centre-04"
        assert "41 up, 9 failing" in chrome.find_element(By.ID, "summary").text
        chrome.refresh()
        assert shown(chrome) == ["centre-046 queues"]
        field(chrome, "q").send_keys(Keys.BACKSPACE)
        until(chrome, lambda: len(shown(chrome)) == 9)

    await browse(page)


async def test_the_refresh_keeps_scroll_and_focus_and_can_be_paused(
    exporter: StandIn, url: str, browse: InBrowser
) -> None:
    exporter.health = centres(50)

    def page(chrome: Chrome) -> None:
        shape(chrome, DESK)
        chrome.get(url)
        link = chrome.find_elements(By.CSS_SELECTOR, "tbody a")[200]
        chrome.execute_script("arguments[0].focus(); window.scrollTo(0, 1500)", link)
        exporter.health[0].resources[0].series = 77
        chrome.execute_script("return ask()")
        until(chrome, lambda: "\n77\n" in f"\n{chrome.find_element(By.ID, 'resources').text}\n".replace(" ", "\n"))
        assert chrome.execute_script(
            "return [scrollY, [...document.querySelectorAll('tbody a')].indexOf(document.activeElement)]"
        ) == [1500, 200]
        assert chrome.execute_script("return timer") > 0
        chrome.execute_script(
            "window.asked = 0; const real = fetch; fetch = (...all) => { asked += 1; return real(...all) }"
        )
        chrome.execute_script("arguments[0].click()", field(chrome, "refresh"))
        until(chrome, lambda: chrome.execute_script("return asked == 1 && asking == null"))
        assert chrome.current_url.endswith("/?refresh=off")
        chrome.execute_script("clearTimeout(timer); every = 50; wait()")
        chrome.execute_async_script("setTimeout(arguments[0], 500)")
        assert chrome.execute_script("return asked") == 1
        chrome.execute_script("arguments[0].click()", field(chrome, "refresh"))
        until(chrome, lambda: chrome.execute_script("return asked") > 3)

    await browse(page)


async def test_an_exporter_that_is_gone_is_told(exporter: StandIn, browse: InBrowser) -> None:
    exporter.health = centres(5)
    server = Server(build_application(exporter, Now()))
    port = await server.start("127.0.0.1", 0)

    def alarm(chrome: Chrome) -> str:
        return chrome.find_element(By.CSS_SELECTOR, "[role=alert]").text

    def page(chrome: Chrome) -> None:
        chrome.get(f"http://127.0.0.1:{port}/")
        assert alarm(chrome) == ""

    def look_again(chrome: Chrome) -> None:
        chrome.execute_script("return ask()")
        until(chrome, lambda: alarm(chrome) == "The exporter does not answer. What is shown below is old.")
        assert len(shown(chrome)) == 15

    await browse(page)
    await server.stop()
    await browse(look_again)


async def test_without_scripts_the_form_does_it(exporter: StandIn, url: str, browse: InBrowser) -> None:
    exporter.health = centres(10)

    def page(chrome: Chrome) -> None:
        chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        chrome.get(url)
        field(chrome, "q").send_keys("centre-00")
        field(chrome, "wrong").click()
        field(chrome, "refresh").click()
        chrome.find_element(By.TAG_NAME, "button").click()
        until(chrome, lambda: "?q=centre-00&wrong=1&refresh=off" in chrome.current_url)
        rows = chrome.find_elements(By.CSS_SELECTOR, "tbody tr")
        assert [row.text.split()[0] for row in rows] == ["centre-001", "centre-006"]
        assert field(chrome, "q").get_attribute("value") == "centre-00"
        assert chrome.find_elements(By.CSS_SELECTOR, "meta[http-equiv]") == []

    await browse(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_can_be_read_in_light_and_dark(
    exporter: StandIn, url: str, browse: InBrowser, tmp_path: Path, scheme: str
) -> None:
    exporter.health = centres(5)

    def page(chrome: Chrome) -> None:
        shape(chrome, DESK)
        chrome.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        chrome.get(url)
        chrome.save_screenshot(str(tmp_path / f"{scheme}.png"))
        colours: list[tuple[str, list[float], list[float]]] = chrome.execute_script(COLOURS)
        assert len(colours) > 20
        for text, ink, ground in colours:
            assert contrast(ink, ground) >= 4.5, text
        [ground] = [ground for text, _, ground in colours if text == "contactcenter-exporter"]
        assert (sum(ground) < 384) is (scheme == "dark")

    await browse(page)


async def test_a_screen_reader_hears_names_headings_and_a_table(exporter: StandIn, url: str, browse: InBrowser) -> None:
    exporter.health = centres(2)

    def page(chrome: Chrome) -> None:
        shape(chrome, PHONE)
        chrome.get(url)
        chrome.execute_cdp_cmd("Accessibility.enable", {})
        nodes = chrome.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        heard = [
            (node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]
        ]
        for wanted in (
            ("heading", "contactcenter-exporter"),
            ("searchbox", "Search"),
            ("checkbox", "Only what is wrong"),
            ("checkbox", "Pause refreshing (every 10 s)"),
            ("navigation", "Elsewhere"),
            ("link", "Skip to the resources"),
            ("link", "Metrics of centre-000"),
            ("link", "Board of centre-000"),
            ("columnheader", "Age of data"),
        ):
            assert wanted in heard
        [table] = [name for role, name in heard if role == "table"]
        assert table.startswith("Resources of each target at ")
        assert sum(role == "row" for role, _ in heard) == 1 + 6
        assert sum(role == "rowheader" for role, _ in heard) == 6
        unnamed = [role for role, name in heard if role in {"link", "button", "checkbox", "searchbox"} and not name]
        assert unnamed == []
        chrome.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        assert chrome.execute_script("return document.activeElement.innerText") == "Skip to the resources"
        assert chrome.execute_script("return document.activeElement.getBoundingClientRect().left") >= 0

    await browse(page)


# The text of each element that has some of its own, its colour, and the colour behind it.
COLOURS = """
const colour = text => text.match(/[\\d.]+/g).map(Number);
const ground = element => {
  for (; element; element = element.parentElement) {
    const found = colour(getComputedStyle(element).backgroundColor);
    if (found.length < 4 || found[3] > 0) return found.slice(0, 3);
  }
  return [255, 255, 255];
};
return [...document.body.querySelectorAll('*')]
  .filter(e => !['SCRIPT', 'NOSCRIPT'].includes(e.tagName))
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => [e.innerText, colour(getComputedStyle(e).color).slice(0, 3), ground(e)]);
"""


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours as WCAG counts it."""

    def luminance(colour: list[float]) -> float:
        red, green, blue = (c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
