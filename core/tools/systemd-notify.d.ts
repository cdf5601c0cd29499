declare module 'systemd-notify' {
  interface Message {
    readonly ready?: boolean;
    readonly status?: string;
    readonly pid?: number;
    readonly booted?: boolean;
  }
  /** Sends a message with systemd-notify(1); rejects if that fails. */
  export default function notify(message: Message): Promise<void>;
}
