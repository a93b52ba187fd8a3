# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Labs for Molecule: groups of two routers each, kept by a process that ends them when nobody wants them any more."""
