"""What the parts say to each other: data only. Imports the standard library and marshmallow, nothing of ours."""
