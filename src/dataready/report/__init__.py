"""What people read: HTML, JSON and Markdown, all views of one `ReportData`."""
