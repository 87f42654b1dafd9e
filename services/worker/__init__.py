"""The processes behind the pages: worker, bell, sweeper."""
