"""The labs' masters and what builds the students' notebooks from them."""
