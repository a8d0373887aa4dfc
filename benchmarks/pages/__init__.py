"""Parts of the dashboard's benchmark: refreshes, open pages, the model beside them."""
