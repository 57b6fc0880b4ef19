// The page shown when the window's own page keeps failing. In: nothing. Out: plain HTML, without script or style of
// its own, since whatever broke the page must not break this one.
export const recoveryPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="color-scheme" content="dark light" />
    <title>Goldbench</title>
  </head>
  <body>
    <h1>The window stopped working</h1>
    <p>It failed several times within a minute. Your session is safe: everything that was recorded is still there.</p>
    <p><a href="/">Open the window again</a></p>
    <p>If it happens once more, please report it with the log; it lies in the folder <code>logs</code> of the settings.</p>
  </body>
</html>
`;
