"""Parts of the alerts' benchmark: a real service, normal days, drills."""
