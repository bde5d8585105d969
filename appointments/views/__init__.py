"""The screens of appointment setting: read the request, call one verb or one query, render."""
