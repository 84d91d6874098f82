// The search of the site runs in a worker. Browsers start none for a page that is a file, so that a frame takes its place.
if (location.protocol === "file:") {
  const importScripts = async (...urls) => {
    for (const src of urls) {
      await new Promise((done, failed) => {
        const script = Object.assign(document.createElement("script"), { src, onload: done, onerror: failed });
        document.body.append(script);
      });
    }
  };
  const frameOf = (url) => `<body><script>
    postMessage = (data) => parent.postMessage(data, "*");
    importScripts = ${importScripts};
  </script><script src="${url}"></script></body>`;

  // the search looks for the second name to find its own files
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = Object.assign(document.createElement("iframe"), { hidden: true });
      document.body.append(this.frame);
      const page = this.frame.contentDocument;
      this.ready = new Promise((done) => this.frame.addEventListener("load", done));
      page.open();
      page.write(frameOf(url));
      page.close();
      this.receive = ({ source, data }) => {
        if (source !== this.frame.contentWindow) return;
        this.dispatchEvent(new MessageEvent("message", { data }));
        this.onmessage?.({ data });
      };
      window.addEventListener("message", this.receive);
    }

    async postMessage(data) {
      await this.ready;
      this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }

    terminate() {
      window.removeEventListener("message", this.receive);
      this.frame.remove();
    }
  };
}
