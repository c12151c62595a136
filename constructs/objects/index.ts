import { ApiObject, App, Chart, DependencyGraph, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';

/** A construct and its Kubernetes objects, which cross from another language in one call. */
export class Objects extends Construct {
  /**
   * Adds a Kubernetes object to a construct.
   *
   * What lies beside the metadata are patches: they keep every field and value, and the order of the fields.
   *
   * @param scope Where it belongs.
   * @param id Its name in the construct tree.
   * @param manifest JSON: the manifest.
   */
  public static add(scope: Construct, id: string, manifest: string): ApiObject {
    return addObject(scope, id, JSON.parse(manifest));
  }

  /**
   * Reads the objects of all charts of an app.
   *
   * @returns JSON: a list of pairs, the path of a chart and its manifests.
   */
  public static read(app: App): string {
    return JSON.stringify(app.charts.map(chart => [chart.node.path, manifestsOf(chart)]));
  }

  /**
   * @param scope Where it belongs.
   * @param id Its name in the construct tree.
   * @param manifests JSON: a list of pairs, the name of an object in the construct tree and its manifest.
   */
  constructor(scope: Construct, id: string, manifests: string) {
    super(scope, id);
    for (const [name, manifest] of JSON.parse(manifests)) {
      addObject(this, name, manifest);
    }
  }
}

function addObject(scope: Construct, id: string, manifest: any): ApiObject {
  const { apiVersion, kind, metadata, ...body } = manifest;
  const object = new ApiObject(scope, id, { apiVersion, kind, metadata });
  object.addJsonPatch(...Object.keys(body).map(field => JsonPatch.add(`/${field}`, body[field])));
  return object;
}

function manifestsOf(chart: Chart): any[] {
  return new DependencyGraph(chart.node).topology()
    .filter(node => ApiObject.isApiObject(node) && Chart.of(node) === chart)
    .map(object => (object as ApiObject).toJson());
}
