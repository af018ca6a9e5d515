"""How Sphinx makes the site: ``make docs``, into docs/_build/html, readable from disk without a network."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Sphinx runs this file from anywhere

import virtsdk  # noqa: E402
from tools.site.tutorials import cache_of  # noqa: E402

project = "virtsdk"
author = "The virtsdk authors"
copyright = "The virtsdk authors"  # noqa: A001 (Sphinx's own name)
version = release = virtsdk.__version__
html_title = "virtsdk"
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
    "tools.site.tutorials",
    "tools.site.gallery",
    "tools.site.reference",
    "tools.site.errors_page",
    "tools.site.model_pages",
    "tools.site.house",
    "tools.site.lean",
]

# --- what is a page

exclude_patterns = [
    "_build",
    "conf.py",
    "models/examples.py",
    "tutorials/README.md",
    "tutorials/.jupyter",
    "tutorials/jupytext.toml",
    "**/.ipynb_checkpoints",
]
templates_path = ["_templates"]
nitpicky = False
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline", "attrs_block"]
myst_heading_anchors = 4

# --- code that runs: cells of the pages, and the notebooks, which tools/site/tutorials.py runs two at a time

# Outputs are kept by what the page says and what the package is; neither has changed: nothing runs again.
CACHE = cache_of(ROOT)
os.environ["VIRTSDK_URI"] = ""  # pages show the lab, never the host of whoever builds them
nb_execution_mode = "cache"
nb_execution_cache_path = str(CACHE / "cells")
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
nb_ipywidgets_js = {}  # a page has no kernel: live views are the static HTML that they bring along
nb_custom_formats = {".py": "tools.site.tutorials.read"}
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None),
]

# --- the reference

autosummary_generate = True
autosummary_generate_overwrite = True
autodoc_typehints = "none"  # the types stand beside the parameters: tools/site/docstrings.py
default_role = "py:obj"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = {"optional", "default", "of", "or", "and", "a", "the", "by", "in", "with"}
_KNOWN = (
    "None True False bool boolean int float str string list tuple dict callable iterable sequence"
    " contextmanager namedtuple generator scalar array"
)
numpydoc_xref_aliases = {one: one for one in _KNOWN.split()}  # numpydoc's own lead into Python's manual
toc_object_entries_show_parents = "hide"

# --- how it looks

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_show_search_summary = False  # it would fetch each page found, which a browser does not do from disk
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "logo": {
        "text": "virtsdk",
        "alt_text": "",
        "image_light": "_static/logo-light.svg",
        "image_dark": "_static/logo-dark.svg",
    },
    "show_prev_next": True,
    "navigation_with_keys": False,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "back_to_top_button": False,
}
html_sidebars: dict[str, list[str]] = {"index": []}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"
