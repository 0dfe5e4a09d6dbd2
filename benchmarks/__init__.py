"""Speed, memory and quality beside what others do. Nothing here is imported by the product."""
