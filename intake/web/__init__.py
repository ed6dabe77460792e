"""The static pages; this package only carries the built files in dist/."""
