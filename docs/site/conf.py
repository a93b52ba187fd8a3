# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sphinx's settings for the site. tests/tools/make_site.py puts the pages beside this file."""

from __future__ import annotations

import re
from pathlib import Path

project = "holdfast.network"
author = "holdfast.network contributors"
copyright = author  # noqa: A001 Sphinx wants this name
release = re.findall(r"(?m)^version: (\S+)", (Path(__file__).parent / "galaxy.yml").read_text())[0]
repository = "https://github.com/holdfast-network/holdfast.network"

extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton", "sphinx.ext.intersphinx"]

# Every link is followed: a page, a heading or a plugin that is not there is an error.
nitpicky = True
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# What our pages say of Ansible's own. Its whole list would have to be fetched; a name that is not in ours is an error.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/latest/", "ansible.inv")}

# What is copied from a shown command is the command.
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
copybutton_exclude = ".linenos, .gp, .go"

antsibull_ext_color_scheme = "default"  # holdfast.css follows the theme
html_theme = "furo"
html_title = f"holdfast.network {release}"
html_static_path = ["static"]
html_css_files = ["holdfast.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None  # two builds of one commit are equal
html_theme_options = {
    "source_repository": repository,
    "source_branch": "main",
    "navigation_with_keys": True,
    "top_of_page_buttons": [],  # pages are put together from several places: there is nothing to edit at this path
    "light_css_variables": {"color-brand-primary": "#0b6e6e", "color-brand-content": "#0b6e6e"},
    "dark_css_variables": {"color-brand-primary": "#5cc8c0", "color-brand-content": "#5cc8c0"},
    "footer_icons": [],
}
pygments_style = "friendly"
pygments_dark_style = "monokai"
