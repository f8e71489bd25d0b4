"""The simulator's doors: WeChat Pay's API, sign-in, the cashier that the phone's page calls, and the control API."""
