// Shows why the page does not start, and what to do, from the first paint on. The build puts this script into index.html, so it
// works even if all other files are missing. Simple syntax only: it also runs in browsers that are too old for the page's program.
{
  const SLOW = 10000; // milliseconds after which loading counts as slow
  const GRACE = 1000; // milliseconds in which the page may still start after an error, which may be a browser extension's

  // What happened, and what to do, by language and reason.
  const WORDS = {
    en: {
      file: ["This page cannot run from a file.", "Browsers load its program only from a web server. Serve the folder with any static web server, such as <code>python3 -m http.server</code>, and open the server's address. In the source folder, run <code>cargo xtask serve</code>."],
      webassembly: ["This browser does not offer WebAssembly.", "The page needs it. Use a current version of Chrome, Edge, Firefox or Safari. If this is one, WebAssembly is switched off for this page, for example by Lockdown Mode on Apple devices."],
      program: ["The page's program could not be loaded or started.", "Check the connection, then reload the page. If that does not help, use a current version of Chrome, Edge, Firefox or Safari."],
      texts: ["The page's texts could not be loaded.", "Check the connection, then reload the page."],
      slow: ["Loading takes longer than usual.", "On a slow connection this is normal: please wait. If nothing changes, check the connection, then reload the page."],
      reload: ["Reload"],
    },
    de: {
      file: ["Diese Seite läuft nicht als Datei.", "Browser laden ihr Programm nur von einem Webserver. Stellen Sie den Ordner mit einem beliebigen statischen Webserver bereit, etwa mit <code>python3 -m http.server</code>, und öffnen Sie dessen Adresse. Im Quellordner genügt <code>cargo xtask serve</code>."],
      webassembly: ["Dieser Browser bietet kein WebAssembly.", "Die Seite braucht es. Verwenden Sie eine aktuelle Version von Chrome, Edge, Firefox oder Safari. Ist dies eine, dann ist WebAssembly für diese Seite ausgeschaltet, zum Beispiel durch den Blockierungsmodus auf Apple-Geräten."],
      program: ["Das Programm der Seite konnte nicht geladen oder gestartet werden.", "Prüfen Sie die Verbindung und laden Sie die Seite neu. Hilft das nicht, verwenden Sie eine aktuelle Version von Chrome, Edge, Firefox oder Safari."],
      texts: ["Die Texte der Seite konnten nicht geladen werden.", "Prüfen Sie die Verbindung und laden Sie die Seite neu."],
      slow: ["Das Laden dauert länger als gewöhnlich.", "Bei einer langsamen Verbindung ist das normal: Bitte warten Sie. Ändert sich nichts, prüfen Sie die Verbindung und laden Sie die Seite neu."],
      reload: ["Neu laden"],
    },
    fr: {
      file: ["Cette page ne fonctionne pas depuis un fichier.", "Les navigateurs ne chargent son programme que depuis un serveur web. Servez le dossier avec n’importe quel serveur web statique, par exemple <code>python3 -m http.server</code>, puis ouvrez l’adresse du serveur. Dans le dossier des sources, lancez <code>cargo xtask serve</code>."],
      webassembly: ["Ce navigateur ne propose pas WebAssembly.", "La page en a besoin. Utilisez une version actuelle de Chrome, Edge, Firefox ou Safari. Si c’en est une, WebAssembly est désactivé pour cette page, par exemple par le mode Isolement sur les appareils Apple."],
      program: ["Le programme de la page n’a pas pu être chargé ou démarré.", "Vérifiez la connexion, puis rechargez la page. Si cela ne suffit pas, utilisez une version actuelle de Chrome, Edge, Firefox ou Safari."],
      texts: ["Les textes de la page n’ont pas pu être chargés.", "Vérifiez la connexion, puis rechargez la page."],
      slow: ["Le chargement prend plus de temps que d’habitude.", "Avec une connexion lente, c’est normal : veuillez patienter. Si rien ne change, vérifiez la connexion, puis rechargez la page."],
      reload: ["Recharger"],
    },
  };

  // The same choice as in the page's program.
  const language = () => {
    let stored = "";
    try {
      stored = localStorage.getItem("mien-language");
    } catch (forbidden) {}
    const tags = [stored].concat(navigator.languages).map(tag => String(tag).split(/[-_]/)[0].toLowerCase());
    return tags.find(tag => tag in WORDS) || "en";
  };

  document.documentElement.lang = language(); // of the first paint, which www/first-paint.js translates
  const loading = document.querySelector(".welcome-drop"); // removed by the first render of the page
  let said = null;
  let failed = false;

  const tell = (reason, detail) => {
    if (failed || !loading.isConnected) {
      return;
    }
    failed = reason !== "slow";
    const tag = language();
    const add = (parent, name, className, text) => {
      const child = parent.appendChild(document.createElement(name));
      child.className = className;
      child.textContent = text;
      return child;
    };
    const message = document.createElement("div");
    message.className = failed ? "message error" : "message";
    message.lang = tag;
    message.setAttribute("role", failed ? "alert" : "status");
    message.dataset.testid = failed ? "start-failed" : "start-slow";
    message.dataset.reason = reason;
    const text = add(message, "div", "message-text", "");
    add(text, "strong", "message-what", WORDS[tag][reason][0]); // bold without the style sheet too
    add(text, "p", "", "").innerHTML = WORDS[tag][reason][1];
    if (detail) {
      add(text, "p", "message-detail", detail);
    }
    if (reason !== "file" && reason !== "webassembly") {
      const button = add(text, "button", "button", WORDS[tag].reload[0]);
      button.dataset.testid = "start-reload";
      button.onclick = () => location.reload();
    }
    if (said) {
      said.remove();
    }
    document.querySelector(".notices").prepend(message); // always in view
    said = message;
    loading.style.visibility = "hidden"; // its room stays: nothing moves
  };

  // The address of the first script that does not arrive as it was built: this one, or one that it imports. Empty if all do.
  const missingScript = address => {
    const map = document.querySelector("script[type=importmap]"); // with the checksums, from the build
    const path = "./" + address.slice(new URL("./", document.baseURI).href.length);
    return fetch(address, map ? { integrity: JSON.parse(map.textContent).integrity[path] } : {})
      .then(response => (response.ok ? response.text() : Promise.reject()))
      .then(
        text => {
          const paths = text.split(/\bfrom\s*["']/).slice(1).map(rest => rest.split(/["']/)[0]).filter(path => path[0] === ".");
          const next = (found, path) => found.then(missing => missing || missingScript(new URL(path, address).href));
          return paths.reduce(next, Promise.resolve(""));
        },
        () => address,
      );
  };

  // The same for the WebAssembly program.
  const missingProgram = () => {
    const meta = document.querySelector("meta[name=page]");
    if (!meta || !meta.content) {
      return "";
    }
    const address = new URL(meta.content, document.baseURI).href;
    return fetch(address).then(
      response => {
        if (response.body) {
          response.body.cancel();
        }
        return response.ok ? "" : address;
      },
      () => address,
    );
  };

  // Names the file that is missing, or else what the browser says.
  const explain = detail => {
    if (failed || !loading.isConnected) {
      return;
    }
    const script = document.querySelector("script[type=module]");
    if (!script || !script.src) {
      tell("program", detail);
      return;
    }
    Promise.resolve(script.src)
      .then(missingScript)
      .then(missing => missing || missingProgram())
      .catch(() => "")
      .then(missing => tell("program", missing || detail));
  };

  const thrown = error => setTimeout(() => explain(String(error)), GRACE);
  const onError = event => {
    if (event.target === window) {
      thrown(event.message);
    } else if (event.target.type === "module") {
      explain(event.target.src); // it, or a module that it imports, could not be loaded
    }
  };

  if (location.protocol === "file:") {
    tell("file");
  } else if (typeof WebAssembly !== "object") {
    tell("webassembly");
  }
  addEventListener("error", onError, true);
  addEventListener("unhandledrejection", event => thrown(event.reason));
  new MutationObserver(() => tell("texts")).observe(document.documentElement, { attributeFilter: ["data-texts"] });
  setTimeout(() => tell("slow"), SLOW);
}
